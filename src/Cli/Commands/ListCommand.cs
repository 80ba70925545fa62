using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox ls</summary>
internal static class ListCommand
{
    public static Command Define()
    {
        var label = new Option<string[]>("--label", "-l") { Description = "Only sandboxes with this NAME=VALUE; may be repeated." };
        var json = JsonOption.New();
        var command = new Command("ls", "Lists the sandboxes.") { label, json };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandboxes = new List<SandboxInfo>();
            await foreach (var sandbox in client.ListAsync(Pairs.Of(parsed.GetValue(label), "--label"), cancellationToken)) sandboxes.Add(sandbox);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(sandboxes) : TableOf(sandboxes));
            return 0;
        });
        return command;
    }

    private static string TableOf(List<SandboxInfo> sandboxes)
    {
        var table = new Table("ID", "STATUS", "FROM", "CREATED", "LABELS");
        foreach (var sandbox in sandboxes)
        {
            table.Add(
                sandbox.Id, Words.Of(sandbox.Status), sandbox.Snapshot ?? sandbox.Template, sandbox.Created.ToString("yyyy-MM-dd HH:mm:ss'Z'"),
                string.Join(' ', sandbox.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}")));
        }

        return table.ToString();
    }
}
