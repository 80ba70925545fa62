using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox shell</summary>
internal static class ShellCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var argv = new Argument<string[]>("argv") { Description = "The program and its arguments, behind --. Default: bash -l.", Arity = ArgumentArity.ZeroOrMore };
        var process = new Option<string?>("--process") { Description = "Go back to the terminal of this process, or start one under this id." };
        var command = new Command(
            "shell",
            """
            Opens a terminal in a sandbox. It stays through lost connections; Enter ~ . leaves it and its programs running, and shell ID --process
            goes back to it. The exit code is the shell's; 125 when it could not be opened.
            """)
        {
            id, argv, process,
        };
        var server = ServerOptions.AddTo(command);
        var program = ProgramOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!RawTerminal.IsThere) throw new UsageException("shell needs a terminal: run exec instead, or run it in one.");
            var words = ProgramWords.Read(parsed, id, argv) is { Length: > 0 } given ? given : ["bash", "-l"];
            using var notice = new ConnectionNotice();
            await using var client = await server.ConnectAsync(parsed, cancellationToken, notice.On);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), cancellationToken);
            await using var terminal = await OpenAsync(sandbox, parsed.GetValue(process), words, program.Read(parsed), cancellationToken);
            notice.Shown = true;
            var code = await new TerminalSession(terminal).RunAsync(cancellationToken);
            if (code is not null) return code.Value;
            await Console.Error.WriteLineAsync($"\nLeft. It goes on: sandbox shell {sandbox.Id} --process {terminal.Id}");
            return 0;
        });
        return command;
    }

    private static async Task<SandboxProcess> OpenAsync(
        Sandbox sandbox, string? processId, string[] argv, StartOptions options, CancellationToken cancellationToken)
    {
        if (processId is not null && (await sandbox.ListProcessesAsync(cancellationToken)).FirstOrDefault(p => p.Id == processId) is { } running)
        {
            if (running.Terminal is null) throw new UsageException($"The process {processId} has no terminal: `sandbox logs` shows what it writes.");

            // What was shown before is of no use on another screen: the program draws again when it is resized.
            var now = running.Channels.FirstOrDefault(channel => channel.Name == "terminal")?.Offset ?? 0;
            return await sandbox.GetProcessAsync(processId, new OutputOptions { Offset = now, OnDiscontinuity = options.OnDiscontinuity }, cancellationToken);
        }

        var size = RawTerminal.Size;
        var term = Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } name ? name : "xterm-256color";
        return await sandbox.SpawnAsync(
            argv, options with { Id = processId, Terminal = new TerminalOptions { Rows = size.Rows, Cols = size.Cols, Term = term } }, cancellationToken);
    }
}
