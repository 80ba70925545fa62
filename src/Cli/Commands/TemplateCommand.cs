using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Files;
using Sandboxes.Cli.Printing;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox template build|import|list|remove</summary>
internal static class TemplateCommand
{
    public static Command Define() => new("template", "Templates: filesystems that new sandboxes start from (create --template NAME), built from recipes, or made of OCI images.")
    {
        DefineBuild(), DefineImport(), DefineList(), DefineRemove(),
    };

    private static Command DefineBuild()
    {
        var file = new Argument<string>("file") { Description = "The recipe, as docs/templates.md says; what it copies is taken from the folder that it lies in." };
        var name = new Option<string?>("--name") { Description = "The template's name: 1 to 40 of a-z, 0-9 and '-'. Left out: the file's, without what follows its dot." };
        var rebuild = new Option<bool>("--rebuild") { Description = "Builds it although there is one of the same recipe, base and files: for newer packages." };
        var json = JsonOption.New();
        var command = new Command("build", "Builds a template in a sandbox on the server. Its steps and their output go to standard error.") { file, name, rebuild, json };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(file));
            if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var options = new BuildTemplateOptions { Folder = Path.GetDirectoryName(path), Rebuild = parsed.GetValue(rebuild), OnProgress = Show };
            var called = parsed.GetValue(name) ?? Path.GetFileName(path).Split('.')[0];
            var built = await client.BuildTemplateAsync(called, await File.ReadAllTextAsync(path, cancellationToken), options, cancellationToken);
            if (built.Cached) await Console.Error.WriteLineAsync("There is one of the same recipe, base and files already: nothing was built.");
            foreach (var left in built.LeftOut) await Console.Error.WriteLineAsync($"left out: {Printable.Text(left)}");
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(built) : built.Template.Name);
            return 0;
        });
        return command;
    }

    private static void Show(TemplateProgress happened)
    {
        if (happened.Step is { } step) Console.Error.WriteLine($"[{step}/{happened.Steps}] {Printable.Text(happened.Command ?? "")}");
        else StandardStream.Error.Write(happened.Data.Span);
    }

    private static Command DefineImport()
    {
        var name = new Argument<string>("name") { Description = "The template's name: 1 to 40 of a-z, 0-9 and '-'. One that there is of that name is replaced." };
        var file = OciFile.Argument();
        var json = JsonOption.New();
        var command = new Command("import", "Makes a template of an OCI image: of its files, and of its configuration the environment, the working directory, and whether programs are root's.")
        {
            name, file, json,
        };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            await using var from = OciFile.Open(parsed.GetRequiredValue(file));
            using var bar = new ProgressBar(Path.GetFileName(parsed.GetRequiredValue(file)));
            var template = await client.ImportTemplateAsync(parsed.GetRequiredValue(name), from, bar.Show, cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(new { template }) : template.Name);
            return 0;
        });
        return command;
    }

    private static Command DefineList()
    {
        var json = JsonOption.New();
        var command = new Command("list", "Lists templates: the server's own first.") { json };
        command.Aliases.Add("ls");
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var templates = new List<Template>();
            await foreach (var template in client.ListTemplatesAsync(cancellationToken)) templates.Add(template);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json.Document(new { templates }));
                return 0;
            }

            var table = new Table("TEMPLATE", "CREATED", "SIZE", "LAYERS", "OF");
            foreach (var template in templates)
                table.Add(template.Name, template.Created.ToString("yyyy-MM-dd HH:mm:ss'Z'"), ByteSize.Format(template.Bytes), $"{template.LayerCount}", template.Shipped ? "the server" : "you");
            Console.WriteLine(table);
            return 0;
        });
        return command;
    }

    private static Command DefineRemove()
    {
        var name = new Argument<string>("name") { Description = "The template's name." };
        var command = new Command("remove", "Removes a template that nothing depends on.") { name };
        command.Aliases.Add("rm");
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            await client.RemoveTemplateAsync(parsed.GetRequiredValue(name), cancellationToken);
            return 0;
        });
        return command;
    }
}
