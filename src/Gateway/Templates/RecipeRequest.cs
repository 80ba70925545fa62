using System.Text.Json;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Templates;

/// <summary>Reads a recipe. Unlike other calls it knows each member: one that is misspelt would be left out of a template that takes minutes to build.</summary>
internal static class RecipeRequest
{
    /// <summary>The largest recipe, in bytes of JSON.</summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>The most packages of a kind, files, and commands.</summary>
    public const int MostItems = 256;

    private const int MostCommand = 64 * 1024;
    private const int MostPath = 4_095;
    private const int MostPackage = 512;

    private static readonly string[] s_members = ["base", "network", "apt", "pip", "npm", "files", "run", "env", "user", "cwd", "start"];

    /// <exception cref="CallException">The recipe cannot be; the message names the member.</exception>
    public static Recipe Read(Arguments request, SandboxLimitsOptions limits)
    {
        var recipe = request.Object("recipe") ?? throw CallException.Invalid("recipe is missing.");
        var element = request.Find("recipe")!.Value;
        if (element.GetRawText().Length > MostBytes) throw CallException.Invalid($"recipe: at most {MostBytes} bytes.");
        CheckMembers(element, "recipe", s_members);
        var network = recipe.Flag("network", otherwise: false);
        return new Recipe
        {
            Base = Base(recipe.Text("base", 64) ?? "base"),
            Network = network,
            Apt = Packages(recipe, "apt", network),
            Pip = Packages(recipe, "pip", network),
            Npm = Packages(recipe, "npm", network),
            Files = [.. Items(element, "files").Select(ReadFile)],
            Run = [.. Items(element, "run").Select(ReadCommand)],
            Environment = CreateRequest.Environment(recipe, limits.MaxEnvironmentBytes),
            Root = CreateRequest.IsRoot(recipe),
            Directory = CreateRequest.Directory(recipe, "cwd") switch
            {
                { } path when !WorkingDirectory.Fits(path) => throw CallException.Invalid($"recipe.cwd: at most {WorkingDirectory.MostBytes} bytes as ASCII JSON."),
                var path => path,
            },
            Start = recipe.Texts("start", MostItems, MostCommand) switch
            {
                ["", ..] => throw CallException.Invalid("recipe.start must begin with the program's name or path."),
                var argv => argv ?? [],
            },
        };
    }

    private static string Base(string name) => name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        ? name
        : throw CallException.Invalid("recipe.base must be the name of a template or snapshot.");

    private static string[] Packages(Arguments recipe, string kind, bool network)
    {
        var packages = recipe.Texts(kind, MostItems, MostPackage) ?? [];
        foreach (var package in packages)
        {
            if (package.Length == 0 || package[0] == '-' || package.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
                throw CallException.Invalid($"recipe.{kind}: '{package}' is no package: a name without blanks that does not begin with '-', or the absolute path of a file.");
            if (!network && package[0] != '/')
                throw CallException.Invalid($"recipe.{kind}: '{package}' comes from the network: say \"network\": true, or copy its file by files and give its absolute path.");
        }

        return packages;
    }

    private static RecipeFile ReadFile(JsonElement item)
    {
        CheckMembers(item, "recipe.files", ["from", "to"]);
        var file = Arguments.Of(item);
        var (from, to) = (file.RequiredText("from", MostPath), file.RequiredText("to", MostPath));
        if (from.Length == 0 || from[0] == '/' || from.Any(char.IsControl) || from.Split('/').Contains("..", StringComparer.Ordinal))
            throw CallException.Invalid($"recipe.files: from must be a path below the recipe's folder, relative and without '..', not '{from}'.");
        if (to is not ['/', _, ..] || to.Any(char.IsControl) || to.Split('/').Contains("..", StringComparer.Ordinal))
            throw CallException.Invalid($"recipe.files: to must be an absolute path without '..', not '{to}'.");

        // Into a directory, as cp would have it.
        return to[^1] == '/' ? new RecipeFile(from, to + from.TrimEnd('/').Split('/')[^1]) : new RecipeFile(from, to);
    }

    private static RecipeCommand ReadCommand(JsonElement item)
    {
        if (item.ValueKind is JsonValueKind.Object)
        {
            CheckMembers(item, "recipe.run", ["command", "user"]);
            var run = Arguments.Of(item);
            return new RecipeCommand(Command(run.RequiredText("command", MostCommand)), CreateRequest.IsRoot(run) ?? true);
        }

        var wrapped = Arguments.Of(JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["run"] = item }));
        return new RecipeCommand(Command(wrapped.RequiredText("run", MostCommand)), Root: true);
    }

    private static string Command(string text) => text.Length > 0 ? text : throw CallException.Invalid("recipe.run: a command is empty.");

    private static IEnumerable<JsonElement> Items(JsonElement recipe, string name)
    {
        if (!recipe.TryGetProperty(name, out var items) || items.ValueKind is JsonValueKind.Null) return [];
        return items.ValueKind is JsonValueKind.Array && items.GetArrayLength() <= MostItems
            ? items.EnumerateArray()
            : throw CallException.Invalid($"recipe.{name} must be an array of at most {MostItems}.");
    }

    private static void CheckMembers(JsonElement element, string path, string[] known)
    {
        if (element.ValueKind is not JsonValueKind.Object) throw CallException.Invalid($"{path} must hold objects.");
        var unknown = element.EnumerateObject().FirstOrDefault(member => !known.Any(member.NameEquals));
        if (unknown.Value.ValueKind is not JsonValueKind.Undefined) throw CallException.Invalid($"{path} has no member '{unknown.Name}'. There are: {string.Join(", ", known)}.");
    }
}
