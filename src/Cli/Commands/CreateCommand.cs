using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox create</summary>
internal static class CreateCommand
{
    public static Command Define()
    {
        var id = new Argument<string?>("id") { Description = "Its id; the same command twice gives the same sandbox. Default: a random one.", Arity = ArgumentArity.ZeroOrOne };
        var template = new Option<string?>("--template") { Description = "What its filesystem starts from. Default: base." };
        var start = new Option<string?>("--start") { Description = "The template's start state that it begins from, such as pandas." };
        var snapshot = new Option<string?>("--snapshot") { Description = "The snapshot that it starts from, in place of a template." };
        var env = new Option<string[]>("--env", "-e") { Description = "NAME=VALUE for its programs; may be repeated." };
        var cwd = new Option<string?>("--cwd") { Description = "Its programs' working directory." };
        var root = new Option<bool>("--root") { Description = "Its programs run as root (of the sandbox)." };
        var memory = new Option<string?>("--memory") { Description = "The memory limit, such as 512M." };
        var disk = new Option<string?>("--disk") { Description = "The disk limit, such as 1G." };
        var processes = new Option<int?>("--processes") { Description = "How many processes it may have." };
        var idle = new Option<double?>("--idle-timeout") { Description = "Seconds without use after which --on-idle happens. Default: 300." };
        var onIdle = new Option<string?>("--on-idle") { Description = "delete or suspend: what happens then. Default: delete." };
        var lifetime = new Option<double?>("--lifetime") { Description = "Seconds after which it ends in any case." };
        var checkpoints = new Option<double?>("--checkpoint-interval") { Description = "Seconds between checkpoints that are taken by themselves while it is in use." };
        var keepCheckpoints = new Option<int?>("--keep-checkpoints") { Description = "How many checkpoints without a label are kept. Default: all, or 10 with --checkpoint-interval." };
        var keepFiles = new Option<bool>("--keep-files") { Description = "Its checkpoints have their files beside them: restore --cold starts with those what cannot be restored." };
        var label = new Option<string[]>("--label", "-l") { Description = "NAME=VALUE to find it by; may be repeated." };
        var keep = new Option<bool>("--keep-alive") { Description = "No idle timeout." };
        var json = JsonOption.New();
        var command = new Command("create", "Creates a sandbox. Prints its id; its token, which is given once, goes to standard error.")
        {
            id, template, start, snapshot, env, cwd, root, memory, disk, processes, idle, onIdle, lifetime, checkpoints, keepCheckpoints, keepFiles, label, keep, json,
        };
        onIdle.AcceptOnlyFromAmong("delete", "suspend");
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new CreateOptions
            {
                Id = parsed.GetValue(id),
                Template = parsed.GetValue(template),
                Start = parsed.GetValue(start),
                Snapshot = parsed.GetValue(snapshot),
                Environment = Pairs.Of(parsed.GetValue(env), "--env"),
                Cwd = parsed.GetValue(cwd),
                User = parsed.GetValue(root) ? SandboxUser.Root : null,
                MemoryBytes = ByteSize.Parse(parsed.GetValue(memory), "--memory"),
                DiskBytes = ByteSize.Parse(parsed.GetValue(disk), "--disk"),
                Processes = parsed.GetValue(processes),
                IdleTimeout = Seconds(parsed.GetValue(idle)),
                OnIdle = parsed.GetValue(onIdle) switch { "suspend" => IdleAction.Suspend, "delete" => IdleAction.Delete, _ => null },
                Lifetime = Seconds(parsed.GetValue(lifetime)),
                CheckpointInterval = Seconds(parsed.GetValue(checkpoints)),
                KeepCheckpoints = parsed.GetValue(keepCheckpoints),
                KeepFiles = parsed.GetValue(keepFiles),
                Labels = Pairs.Of(parsed.GetValue(label), "--label"),
                KeepAlive = parsed.GetValue(keep),
            };
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.CreateAsync(options, cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json.Document(new { sandbox = sandbox.Info, token = sandbox.Token, created = sandbox.Created }));
                return 0;
            }

            Console.WriteLine(sandbox.Id);
            if (sandbox.Token is not null) await Console.Error.WriteLineAsync($"token {sandbox.Token}");
            if (!sandbox.Created) await Console.Error.WriteLineAsync("It was there already.");
            return 0;
        });
        return command;
    }

    private static TimeSpan? Seconds(double? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : null;
}
