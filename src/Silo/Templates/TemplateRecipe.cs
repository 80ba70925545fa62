using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Templates;

/// <summary>What a template is made of: a text with one "key value" a line, and a script that finishes the root file system.</summary>
internal sealed record TemplateRecipe
{
    /// <summary>The name of the template that sandboxes start from unless they say otherwise.</summary>
    public const string Base = "base";

    private const string Folder = "Sandbox.Silo.Templates.";
    private const string Suffix = ".recipe";

    // Part of the hash: to be raised when the builder makes something else of the same recipe.
    private const string BuilderVersion = "2";

    /// <summary>The template's name.</summary>
    public required string Name { get; init; }

    /// <summary>The Debian suite.</summary>
    public required string Suite { get; init; }

    /// <summary>mmdebstrap's variant.</summary>
    public required string Variant { get; init; }

    /// <summary>Seconds since 1970 that no file is newer than.</summary>
    public required long Epoch { get; init; }

    /// <summary>Who programs run as.</summary>
    public required TemplateUser User { get; init; }

    /// <summary>Packages beside those of the variant.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>dpkg options that leave files out or keep them, in the order of the recipe.</summary>
    public required IReadOnlyList<string> PathOptions { get; init; }

    /// <summary>The script; gets the root directory as its argument.</summary>
    public required string CustomizeScript { get; init; }

    /// <summary>Changes with everything above.</summary>
    public required string Hash { get; init; }

    /// <summary>The names of the templates that ship with the product.</summary>
    public static FrozenSet<string> Shipped { get; } = typeof(TemplateRecipe).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(name => name[Folder.Length..^Suffix.Length]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>
    /// The recipe of a template that ships with the product, or null when there is none of that name. One that begins with a line <c>from NAME</c> has all lines
    /// and the script of that one, and further lines.
    /// </summary>
    public static TemplateRecipe? Find(string name)
    {
        if (Resource(name + Suffix) is not { } recipe) return null;
        if (recipe.Split('\n').Select(Words).FirstOrDefault(line => line is ["from", _]) is not [_, var below])
            return Resource($"{name}.customize.sh") is { } own ? Parse(recipe, own) : null;
        string Without(string text, string key) => string.Join('\n', text.Split('\n').Where(line => Words(line) is not [var word, ..] || word != key));
        return Parse($"{Without(Resource(below + Suffix)!, "name")}\n{Without(recipe, "from")}", Resource($"{below}.customize.sh")!);
    }

    /// <summary>Reads a recipe.</summary>
    /// <exception cref="FormatException">A line is unknown, or something is missing.</exception>
    public static TemplateRecipe Parse(string recipe, string customizeScript)
    {
        var lines = recipe.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#')).Select(Words).ToList();
        string One(string key) => lines.Where(line => line[0] == key).ToList() is [[_, var value]]
            ? value
            : throw new FormatException($"The recipe needs one line '{key} VALUE'.");

        string[] known = ["name", "suite", "variant", "epoch", "package", "exclude", "include", "user"];
        if (lines.Find(line => !known.Contains(line[0]) || line.Length < 2) is { } unknown)
        {
            throw new FormatException($"The recipe's line '{string.Join(' ', unknown)}' is unknown.");
        }

        var user = lines.Where(line => line[0] == "user").ToList() is [[_, var name, var uid, var home, var shell]]
            ? new TemplateUser(name, uint.Parse(uid, CultureInfo.InvariantCulture), home, shell)
            : throw new FormatException("The recipe needs one line 'user NAME UID HOME SHELL'.");
        return new TemplateRecipe
        {
            Name = One("name"),
            Suite = One("suite"),
            Variant = One("variant"),
            Epoch = long.Parse(One("epoch"), CultureInfo.InvariantCulture),
            User = user,
            Packages = [.. lines.Where(line => line[0] == "package").Select(line => line[1])],
            PathOptions = [.. lines.Where(line => line[0] is "exclude" or "include").Select(line => $"path-{line[0]}={line[1]}")],
            CustomizeScript = customizeScript,
            Hash = LayerDigest.OfText($"{BuilderVersion}\0{recipe}\0{customizeScript}").ToString(),
        };
    }

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string? Resource(string name)
    {
        using var stream = typeof(TemplateRecipe).Assembly.GetManifestResourceStream(Folder + name);
        return stream is null ? null : new StreamReader(stream, Encoding.UTF8).ReadToEnd();
    }
}
