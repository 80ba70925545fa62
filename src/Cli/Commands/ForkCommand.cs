using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox fork</summary>
internal static class ForkCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var count = new Option<int>("--count", "-n") { Description = "How many. Default: 1.", DefaultValueFactory = _ => 1 };
        var json = JsonOption.New();
        var command = new Command(
            "fork", "Makes new sandboxes from a sandbox's present state; it goes on. Prints their ids; their tokens, in the same order, go to standard error.")
        {
            id, count, json,
        };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), wake: false, cancellationToken);
            var forks = await sandbox.ForkAsync(parsed.GetValue(count), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json.Document(new { sandboxes = forks.Select(fork => new { sandbox = fork.Info, token = fork.Token, created = fork.Created }) }));
                return 0;
            }

            foreach (var fork in forks)
            {
                Console.WriteLine(fork.Id);
                if (fork.Token is not null) await Console.Error.WriteLineAsync($"token {fork.Token}");
            }

            return 0;
        });
        return command;
    }
}
