using System.Runtime.CompilerServices;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;
using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Sandboxes;

/// <summary>
/// A process of a sandbox that stays. One pump a channel carries its output from the link into the channel's log, so that a log that is full of unread
/// bytes holds up what writes to it and nothing else. Disposing kills it and removes its logs.
/// </summary>
internal sealed partial class LiveProcess : ILiveProcess, IAsyncDisposable
{
    private const int SigKill = 9;

    /// <summary>After its exit, for what it wrote to come into the logs. Longer only where a log is full and waits for its reader.</summary>
    private static readonly TimeSpan _settlesWithin = TimeSpan.FromMilliseconds(500);

    private readonly LiveSandbox _sandbox;
    private readonly GuestProcess _guest;
    private readonly ProcessSpec _spec;
    private readonly IReadOnlyList<string> _arguments;
    private readonly OutputLogs _logs;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _started;
    private readonly long _startedAt;
    private readonly TimeSpan _ranBefore;
    private readonly ITimer? _clock;
    private CancellationTokenSource _pumping = new();
    private Task _pumps;
    private readonly Lazy<Task> _removal;
    private volatile ProcessEnd? _end;
    private volatile TerminalSpec? _terminal;
    private volatile bool _timedOut;

    /// <param name="sandbox">Where it runs.</param>
    /// <param name="guest">The program, whose channels are read apart.</param>
    /// <param name="spec">What was asked for.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="logs">Its output logs, from here on its own.</param>
    /// <param name="time">The clock.</param>
    public LiveProcess(
        LiveSandbox sandbox, GuestProcess guest, ProcessSpec spec, IReadOnlyList<string> arguments, OutputLogs logs, TimeProvider time)
    {
        (_sandbox, _guest, _arguments, _logs, _time) = (sandbox, guest, arguments, logs, time);
        // Its code may be large, and was sent.
        _spec = spec with { Code = null, Environment = [] };
        _started = time.GetUtcNow();
        _startedAt = time.GetTimestamp();
        _terminal = spec.Terminal;
        _removal = new Lazy<Task>(RemoveAsync);
        _pumps = PumpAsync();
        if (spec.Timeout is { } timeout) _clock = time.CreateTimer(_ => TimeOut(), null, timeout, Timeout.InfiniteTimeSpan);
        Ended = EndAsync();
    }

    /// <inheritdoc/>
    public string Id => _spec.Id;

    /// <inheritdoc/>
    public Task<ProcessEnd> Ended { get; }

    /// <summary>The output channels of a process.</summary>
    public static ProcessChannel[] ChannelsOf(ProcessSpec spec) =>
        spec.Terminal is null ? [ProcessChannel.Stdout, ProcessChannel.Stderr] : [ProcessChannel.Terminal];

    /// <inheritdoc/>
    public ProcessDescription Describe() => new()
    {
        Id = Id,
        Pid = _guest.Pid,
        Arguments = [.. _arguments],
        Started = _started,
        End = _end,
        Terminal = _terminal,
        Channels = _logs.Describe(),
        InputOffset = _guest.InputSent,
    };

    /// <summary>As the interface says; a process that has ended needs no signal any more, and that is no error.</summary>
    /// <inheritdoc/>
    public async Task<SandboxError?> SignalAsync(int signal, bool group, CancellationToken cancellationToken)
    {
        if (signal is < 1 or > 64) return Refusal.Invalid("A signal is 1 to 64.");
        return await _sandbox.OperateAsync(
            () =>
            {
                if (_end is null && _sandbox.Refuse() is { } refusal) return refusal;
                _ = _guest.Signal(signal, group ? SignalScope.Everything : SignalScope.Process);
                return null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SandboxError?> ResizeAsync(int rows, int columns, CancellationToken cancellationToken)
    {
        if (_terminal is not { } terminal) return Refusal.Invalid("The process has no terminal: start it with one.");
        if (rows is < 1 or > 1000 || columns is < 1 or > 1000) return Refusal.Invalid("Rows and columns are 1 to 1,000.");
        return await _sandbox.OperateAsync(
            () =>
            {
                if (_end is null && _sandbox.Refuse() is { } refusal) return refusal;
                if (_guest.Resize(new TerminalSize((ushort)rows, (ushort)columns))) _terminal = terminal with { Rows = rows, Columns = columns };
                return null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<OutputItem> ReadOutputAsync(
        ProcessChannel channel, OutputCursor from, bool follow, CancellationToken cancellationToken) =>
        _logs[channel] is { } log ? WhileHeldAsync(log.ReadAsync(from, follow, cancellationToken), cancellationToken) : NoChannelAsync(channel);

    /// <inheritdoc/>
    public void Acknowledge(ProcessChannel channel, long offset) => _logs[channel]?.Acknowledge(offset);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _removal.Value;

    private async Task RemoveAsync()
    {
        await _stop.CancelAsync();
        _guest.Dispose();
        await _pumps;
        if (_clock is not null) await _clock.DisposeAsync();
        await _logs.DisposeAsync();
        _stop.Dispose();
    }

    private Task PumpAsync()
    {
        _pumping = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        return Task.WhenAll(ChannelsOf(_spec).Select(channel => PumpAsync((LinkChannel)channel, _logs[channel]!, _pumping.Token)));
    }

    private async Task PumpAsync(LinkChannel channel, OutputLog log, CancellationToken stop)
    {
        try
        {
            if (TakeLeftover(channel) is { } leftover) await AppendAsync(leftover);
            await foreach (var chunk in _guest.ReadChannelAsync(channel, stop)) await AppendAsync(chunk.Data);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // It goes on later.
            return;
        }
        catch (LinkException)
        {
            // The sandbox has ended here, and everything that came from it before is in the log. Its readers ask whether it is that, so it is known first.
            await _sandbox.Ended;
            if (_sandbox.IsSuspended) return;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The process is being removed.
        }

        log.Complete();

        async Task AppendAsync(ReadOnlyMemory<byte> data)
        {
            var offset = log.Offset;
            try
            {
                await log.AppendAsync(data, stop);
            }
            catch (OperationCanceledException)
            {
                Leave(channel, data[(int)(log.Offset - offset)..]);
                throw;
            }
        }
    }

    private async Task<ProcessEnd> EndAsync()
    {
        ProcessEnd end;
        try
        {
            var exit = await _guest.Exited;
            var ran = Ran;
            end = ProcessEnds.Of(exit, ran, _timedOut, exit.Signal == SigKill && _sandbox.TakeOutOfMemory());
            await _guest.CaughtUp.WaitAsync(_settlesWithin, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (LinkException)
        {
            // Its end is still to come, elsewhere.
            if (_sandbox.IsSuspended) await Task.Delay(Timeout.Infinite, CancellationToken.None);
            end = new ProcessEnd { Reason = ProcessEndReason.SandboxEnded, Message = await _sandbox.Ended, Ran = Ran, Cpu = TimeSpan.Zero };
        }

        _end = end;
        HostMetrics.ProcessEnded(end.Ran, end.Reason.ToString());
        if (_clock is not null) await _clock.DisposeAsync();
        return end;
    }

    private void TimeOut()
    {
        _timedOut = true;
        _ = _guest.Signal(SigKill, SignalScope.Everything);
    }

    /// <summary>What a host without a lease has read belongs to a history that another may have ended.</summary>
    private async IAsyncEnumerable<OutputItem> WhileHeldAsync(
        IAsyncEnumerable<OutputItem> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            if (item is not OutputFailure && !_sandbox.IsHeld)
            {
                yield return new OutputFailure { Timeline = _sandbox.Timeline, Error = Refusal.NotHeld() };
                yield break;
            }

            yield return item;
        }
    }

    private async IAsyncEnumerable<OutputItem> NoChannelAsync(ProcessChannel channel)
    {
        await Task.CompletedTask;
        var error = Refusal.Invalid($"The process has no channel {channel}: with a terminal it has that one alone, without it stdout and stderr.");
        yield return new OutputFailure { Timeline = _sandbox.Timeline, Error = error };
    }
}
