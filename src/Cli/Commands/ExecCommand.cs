using System.CommandLine;
using Sandboxes.Cli.Connection;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox exec</summary>
internal static class ExecCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var argv = new Argument<string[]>("argv")
        {
            Description = "The program and its arguments, behind --. No shell reads them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var language = new Option<string?>("--language") { Description = "python, bash, or javascript where the template has Node.js: the one argument is code instead, - for what standard input has." };
        var process = new Option<string?>("--process") { Description = "The process's id; starting an id twice starts one program. Default: a random one." };
        var noInput = new Option<bool>("--no-stdin", "-n") { Description = "The program reads an end of file, and standard input is left alone." };
        var detach = new Option<bool>("--detach", "-d") { Description = "Print the process's id and leave it running: logs shows what it writes." };
        var json = JsonOption.New();
        var command = new Command(
            "exec",
            """
            Runs a program in a sandbox: sandbox exec ID -- PROGRAM ARGUMENT...
            Standard input, output and error are the program's, signals are passed on, and the exit code is the program's: 124 when it ran
            into its time limit, 128 and the signal's number when one ended it, 125 when exec itself failed.
            """)
        {
            id, argv, language, process, noInput, detach, json,
        };
        var server = ServerOptions.AddTo(command);
        var program = ProgramOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var code = parsed.GetValue(language);
            var words = code is null ? ProgramWords.Read(parsed, id, argv) : parsed.GetRequiredValue(argv);
            if (code is not null && words.Length != 1) throw new UsageException("With --language there is one argument: the code.");
            var codeIsRead = code is not null && words[0] == "-";
            if (codeIsRead) words = [await Console.In.ReadToEndAsync(cancellationToken)];
            var (detached, asJson) = (parsed.GetValue(detach), parsed.GetValue(json));
            var options = program.Read(parsed) with
            {
                Id = parsed.GetValue(process),
                Stdin = !parsed.GetValue(noInput) && !detached && !codeIsRead,
            };

            using var signals = new SignalRelay();
            await using var client = await server.ConnectAsync(parsed, signals.BeforeStart);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), signals.BeforeStart);
            await using var started = code is null
                ? await sandbox.SpawnAsync(words, options, signals.BeforeStart)
                : await sandbox.ExecAsync(code, words[0], options, signals.BeforeStart);
            if (detached)
            {
                Console.WriteLine(asJson ? Printing.Json.Document(new { process = started.Info }) : started.Id);
                return 0;
            }

            return await new Execution(started, options.Stdin, signals).RunAsync(asJson, cancellationToken);
        });
        return command;
    }
}
