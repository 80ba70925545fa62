using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox suspend, restore and rewind: those that change a sandbox's status, and print it.</summary>
internal static class SleepCommands
{
    public static Command DefineSuspend() => Define(
        "suspend", "Puts a sandbox to storage with its running programs. The next start, write or read wakes it.",
        (sandbox, cancellationToken) => sandbox.SuspendAsync(cancellationToken));

    public static Command DefineRestore()
    {
        var cold = new Option<bool>("--cold") { Description = "If its checkpoint cannot be restored, starts it with the files beside that, without its programs." };
        return Define("restore", "Wakes a suspended sandbox.", (sandbox, parsed, cancellationToken) => sandbox.RestoreAsync(parsed.GetValue(cold), cancellationToken), cold);
    }

    public static Command DefineRewind()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The checkpoint's id: checkpoints lists them." };
        return Define(
            "rewind", "Takes a sandbox back to a checkpoint: what happened since has not happened.",
            (sandbox, parsed, cancellationToken) => sandbox.RewindAsync(parsed.GetRequiredValue(checkpoint), cancellationToken), checkpoint);
    }

    private static Command Define(string name, string description, Func<Sandbox, CancellationToken, Task<SandboxInfo>> change) =>
        Define(name, description, (sandbox, _, cancellationToken) => change(sandbox, cancellationToken));

    private static Command Define(
        string name, string description, Func<Sandbox, ParseResult, CancellationToken, Task<SandboxInfo>> change, params Symbol[] more)
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var json = JsonOption.New();
        var command = new Command(name, description) { id, json };
        foreach (var argument in more.OfType<Argument>()) command.Add(argument);
        foreach (var option in more.OfType<Option>()) command.Add(option);
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), wake: false, cancellationToken);
            var info = await change(sandbox, parsed, cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(new { sandbox = info }) : Words.Of(info.Status));
            return 0;
        });
        return command;
    }
}
