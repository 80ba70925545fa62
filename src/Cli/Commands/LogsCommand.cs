using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Printing;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox logs</summary>
internal static class LogsCommand
{
    public static Command Define()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var process = new Argument<string>("process") { Description = "The process's id: info lists them." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the program ends." };
        var channel = new Option<string?>("--channel") { Description = "stdout, stderr or terminal alone." };
        var offset = new Option<long>("--offset") { Description = "The first byte wanted." };
        var json = JsonOption.New();
        var command = new Command(
            "logs", "Shows what a program has written: its standard output and error on ours. Bytes that are not kept any more are told on standard error.")
        {
            id, process, follow, channel, offset, json,
        };
        channel.AcceptOnlyFromAmong("stdout", "stderr", "terminal");
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new SignalRelay();
            await using var client = await server.ConnectAsync(parsed, signals.BeforeStart);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), signals.BeforeStart);
            await using var found = await sandbox.GetProcessAsync(parsed.GetRequiredValue(process), cancellationToken: signals.BeforeStart);
            var channels = parsed.GetValue(channel) is { } one ? [one] : found.Info.Terminal is not null ? new[] { "terminal" } : ["stdout", "stderr"];
            var options = new OutputOptions
            {
                Offset = parsed.GetValue(offset),
                Follow = parsed.GetValue(follow),
                OnDiscontinuity = gap => Console.Error.WriteLine(parsed.GetValue(json) ? Json.Line(new { gap }) : $"sandbox: {gap}"),
            };
            try
            {
                var shown = channels.Select(name => ShowAsync(found.OpenOutput(name, options), parsed.GetValue(json), signals.BeforeStart));
                await foreach (var ended in Task.WhenEach(shown)) await ended; // the first that fails ends it
                return 0;
            }
            catch (OperationCanceledException) when (signals.BeforeStart.IsCancellationRequested)
            {
                return ExitCodes.Signal + 2;
            }
            catch (IOException)
            {
                return ExitCodes.Signal + 13; // whoever reads our output has gone
            }
        });
        return command;
    }

    private static async Task ShowAsync(ProcessOutput output, bool json, CancellationToken cancellationToken)
    {
        await using var open = output;
        if (!json)
        {
            await output.CopyToAsync(output.Channel == "stderr" ? StandardStream.Error : StandardStream.Output, 65_536, cancellationToken);
            return;
        }

        var buffer = new byte[49_152];
        while (true)
        {
            var count = await output.ReadAsync(buffer, cancellationToken);
            if (count == 0) return;
            var line = Json.Line(new { channel = output.Channel, timeline = output.Timeline, offset = output.Offset - count, data = buffer.AsMemory(0, count) });
            await StandardStream.Output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
        }
    }
}
