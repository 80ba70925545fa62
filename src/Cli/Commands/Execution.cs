using Sandboxes.Cli.Printing;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Commands;

/// <summary>A program in a sandbox whose input, output and signals are this process's.</summary>
internal sealed class Execution(SandboxProcess process, bool stdin, SignalRelay signals)
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>What to exit with.</returns>
    public async Task<int> RunAsync(bool json, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var relaying = signals.RelayAsync(process, over.Token);

        // Never awaited: it may wait for a key that nobody presses. What fails it fails the rest, or is the program's end.
        _ = stdin ? Task.Factory.StartNew(FeedAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default) : Task.CompletedTask;
        try
        {
            if (json)
            {
                var result = await process.GetResultAsync(cancellationToken);
                Console.WriteLine(Json.Document(new { id = process.Id, exit = result.Exit, stdout = result.StandardOutput, stderr = result.StandardError }));
                return ExitCodes.Of(result.Exit);
            }

            // The first that fails ends it: the other may have nothing to write for ever.
            await foreach (var copied in Task.WhenEach(
                CopyAsync(process.StandardOutput, StandardStream.Output, over.Token),
                CopyAsync(process.StandardError, StandardStream.Error, over.Token)))
            {
                await copied;
            }

            return ExitCodes.Of(await process.WaitAsync(cancellationToken));
        }
        catch (IOException)
        {
            // Whoever reads our output has gone: so does the program, which would get SIGPIPE if it were here.
            await process.KillAsync(cancellationToken);
            return ExitCodes.Signal + 13;
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAny(relaying);
        }
    }

    private static Task CopyAsync(ProcessOutput from, Stream to, CancellationToken cancellationToken) =>
        from.CopyToAsync(to, 65_536, cancellationToken);

    private async Task FeedAsync()
    {
        try
        {
            await StandardStream.Input.CopyToAsync(process.StandardInput, 32_768);
            await process.StandardInput.EndAsync();
        }
        catch (Exception e) when (e is SandboxException or ObjectDisposedException or IOException)
        {
            // The program has ended or the connection cannot be had any more: both are told by its output.
        }
    }
}
