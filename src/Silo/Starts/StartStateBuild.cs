using System.Text;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Starts;

/// <summary>Runs a start command in a fresh sandbox until the state can be taken, and holds the sandbox there.</summary>
internal sealed class StartStateBuild(StartedSandbox sandbox, SandboxSpec spec, StartCommand command, TimeProvider time)
{
    /// <summary>How long a start command has.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    private const int MostOfError = 2_000;

    private readonly long[] _read = new long[(int)LinkChannel.Terminal + 1];
    private readonly StringBuilder _errors = new();

    /// <summary>
    /// Brings the sandbox to its state. A program is there once it has written its first bytes to stdout, or has ended with 0; its output up to then is not in the state.
    /// </summary>
    /// <returns>What the host knows of the sandbox, whose link is held now.</returns>
    /// <exception cref="InvalidOperationException">The command failed; the message says how.</exception>
    /// <exception cref="LinkException">The sandbox has ended.</exception>
    public async Task<SandboxImage> RunAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return command.Modules.Count > 0 ? await ImportAsync(either.Token) : await RunProgramAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"The start command was not ready within {Within.TotalSeconds} s. It said: {_errors}", e);
        }
    }

    private async Task<SandboxImage> ImportAsync(CancellationToken cancellationToken)
    {
        var (request, content) = PreloadedPython.Hook;
        using (var work = sandbox.Link.StartWork(request)!)
        {
            _ = await work.WriteAsync(content, cancellationToken);
            work.EndInput();
            var end = await work.Done.WaitAsync(cancellationToken);
            if (end.Error != 0 || end.Killed) throw new InvalidOperationException($"The interpreter's hook could not be written (error {end.Error}).");
        }

        await UntilReadyAsync(await StartAsync(PreloadedPython.Start(command.Modules), cancellationToken), cancellationToken);
        return await HoldAsync([]);
    }

    private async Task<SandboxImage> RunProgramAsync(CancellationToken cancellationToken)
    {
        var wanted = command.ToProcess();
        var start = ProgramStart.For(spec, wanted, attempt: 1);
        var began = time.GetUtcNow();
        var since = time.GetTimestamp();
        var process = await StartAsync(start, cancellationToken);
        if (!await UntilReadyAsync(process, cancellationToken)) return await HoldAsync([]);
        return await HoldAsync(
        [
            new LiveProcessImage
            {
                Number = process.Number,
                Spec = wanted,
                Arguments = start.Arguments,
                Pid = process.Pid,
                Started = began,
                Ran = time.GetElapsedTime(since),
                InputSent = 0,
                Channels =
                [
                    .. LiveProcess.ChannelsOf(wanted).Select(channel => new LiveChannelImage
                    {
                        Channel = channel,
                        Log = new OutputLogImage { Start = _read[(int)channel], End = _read[(int)channel], Pieces = [] },
                    }),
                ],
            },
        ]);
    }

    private async Task<GuestProcess> StartAsync(ProcessStart start, CancellationToken cancellationToken)
    {
        var started = await sandbox.Link.StartAsync(start, cancellationToken);
        return started.IsStarted
            ? started.Process
            : throw new InvalidOperationException($"The start command could not be started ({started.Failure.Stage}): {started.Failure.Message}");
    }

    /// <summary>Reads until it is ready, and no further.</summary>
    /// <returns>Whether it goes on; else it has ended well.</returns>
    private async Task<bool> UntilReadyAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var readers = Task.WhenAll(
            ReadAsync(process, LinkChannel.Stdout, _ => ready.TrySetResult(), enough.Token),
            ReadAsync(process, LinkChannel.Stderr, Keep, enough.Token));
        try
        {
            if (await Task.WhenAny(ready.Task, process.Exited).WaitAsync(cancellationToken) == ready.Task) return true;
            var exit = await process.Exited;
            if (exit.Code == 0 && command.Modules.Count == 0)
            {
                await process.Drained.WaitAsync(cancellationToken);
                await enough.CancelAsync();
                await ((Task)readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                // The link knows nothing of it any more, whoever holds its output open.
                process.Dispose();
                return false;
            }

            await readers.WaitAsync(TimeSpan.FromSeconds(1), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new InvalidOperationException($"The start command has ended ({(exit.Code is { } code ? $"code {code}" : $"signal {exit.Signal}")}). It said: {_errors}");
        }
        finally
        {
            await enough.CancelAsync();
            await ((Task)readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(GuestProcess process, LinkChannel channel, Action<byte[]> take, CancellationToken cancellationToken)
    {
        await foreach (var chunk in process.ReadChannelAsync(channel, cancellationToken))
        {
            _read[(int)channel] += chunk.Data.Length;
            take(chunk.Data);
        }
    }

    private void Keep(byte[] data)
    {
        if (_errors.Length < MostOfError) _errors.Append(Encoding.UTF8.GetString(data));
    }

    private async Task<SandboxImage> HoldAsync(IReadOnlyList<LiveProcessImage> processes)
    {
        await sandbox.Link.HoldAsync();
        return new SandboxImage { Starts = 1, Link = sandbox.Link.ToImage(), Processes = processes };
    }
}
