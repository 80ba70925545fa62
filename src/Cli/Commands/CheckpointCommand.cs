using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox checkpoint</summary>
internal static class CheckpointCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var label = new Option<string?>("--label", "-l") { Description = "What to call it." };
        var json = JsonOption.New();
        var command = new Command("checkpoint", "Keeps a sandbox's whole state, memory and files; it goes on. Prints the checkpoint's id.") { id, label, json };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), cancellationToken);
            var checkpoint = await sandbox.CheckpointAsync(parsed.GetValue(label), cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(new { checkpoint }) : checkpoint.Id);
            return 0;
        });
        return command;
    }
}
