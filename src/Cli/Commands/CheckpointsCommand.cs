using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox checkpoints</summary>
internal static class CheckpointsCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var delete = new Option<string?>("--delete") { Description = "Deletes this checkpoint, and lists the others.", HelpName = "CHECKPOINT" };
        var json = JsonOption.New();
        var command = new Command("checkpoints", "Lists a sandbox's checkpoints, oldest first; the one with a star is what it goes on from.") { id, delete, json };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), wake: false, cancellationToken);
            var list = parsed.GetValue(delete) is { } unwanted
                ? await sandbox.DeleteCheckpointAsync(unwanted, cancellationToken)
                : await sandbox.ListCheckpointsAsync(cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(list) : TableOf(list));
            return 0;
        });
        return command;
    }

    private static string TableOf(CheckpointList list)
    {
        var table = new Table("CHECKPOINT", "", "CREATED", "SIZE", "FILES", "PARENT", "LABEL");
        foreach (var checkpoint in list.Checkpoints)
        {
            table.Add(
                checkpoint.Id, checkpoint.Id == list.Current ? "*" : "", checkpoint.Created.ToString("yyyy-MM-dd HH:mm:ss'Z'"),
                ByteSize.Format(checkpoint.Bytes), checkpoint.Files ? "yes" : "", checkpoint.Parent ?? "", checkpoint.Label ?? "");
        }

        return table.ToString();
    }
}
