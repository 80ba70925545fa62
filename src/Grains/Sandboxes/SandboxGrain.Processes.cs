using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>Processes. These calls run between each other's turns and write nothing to storage.</content>
internal sealed partial class SandboxGrain
{
    /// <summary>How many programs may run at once.</summary>
    internal const int MostProcesses = 512;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);
    private int _starting;

    /// <inheritdoc/>
    public Task<Outcome<StartedProcess>> StartAsync(
        ProcessSpec spec, long? epoch, long? timeline, CancellationToken cancellationToken = default) => Hooks.IsReserved(spec.Id)
        ? Task.FromResult(Failed<StartedProcess>(new SandboxError { Code = SandboxErrorCode.Invalid, Message = $"Ids that begin with '{Hooks.ReservedPrefix}' are the server's own." }))
        : AwakeAsync(() => StartAwakeAsync(spec, epoch, timeline, cancellationToken));

    private async Task<Outcome<StartedProcess>> StartAwakeAsync(ProcessSpec spec, long? epoch, long? timeline, CancellationToken cancellationToken)
    {
        if (Refusal(SandboxUse.Reach) is { } error) return Failed<StartedProcess>(error);
        var (live, record) = (_live!, _record!);
        _deadlines!.Touch();
        var known = live.Find(spec.Id);
        if (known is null && (epoch < record.SureSince || epoch > record.Epoch || (timeline ?? record.Timeline) != record.Timeline))
        {
            return Failed<StartedProcess>(new SandboxError
            {
                Code = SandboxErrorCode.Unknown,
                Message = $"Whether '{spec.Id}' was ever started cannot be known: it was first asked for at epoch {epoch}, timeline {timeline}, "
                    + $"and now are epoch {record.Epoch}, timeline {record.Timeline}. Start it under another id if it may run again.",
            });
        }

        if (known is null && _ledger.RunningCount + _starting >= MostProcesses)
        {
            return Failed<StartedProcess>(new SandboxError
            {
                Code = SandboxErrorCode.Limit,
                Message = $"{MostProcesses} programs run in the sandbox. Wait for some to end.",
            });
        }

        Outcome<LiveProcessStart> started;
        _starting++;
        try
        {
            started = await live.StartAsync(spec, cancellationToken);
        }
        finally
        {
            _starting--;
        }

        LookAndArm();
        if (!started.Succeeded) return Failed<StartedProcess>(Refusal(SandboxUse.Look) ?? started.Error);

        // It was removed meanwhile, and the program with it.
        if (!ReferenceEquals(live, _live) && Refusal(SandboxUse.Look) is { } gone) return Failed<StartedProcess>(gone);
        return new Outcome<StartedProcess>
        {
            Value = new StartedProcess { Process = started.Value.Process.Describe(), Known = started.Value.Known },
        };
    }

    /// <inheritdoc/>
    public async Task<Outcome<ProcessList>> ListProcessesAsync()
    {
        await LookAgainAsync();
        if (IsKnownAsleep) return Listed(_record!.Processes!);
        return await (_away || IsAsleep || Lost is not null ? AwakeAsync(ListAsync) : ListAsync());

        Task<Outcome<ProcessList>> ListAsync() => Task.FromResult(Refusal(SandboxUse.Look) is { } error
            ? Failed<ProcessList>(error)
            : Listed([.. _live!.Processes.Select(process => process.Describe())]));
    }

    /// <inheritdoc/>
    public async Task<Outcome<ProcessDescription>> DescribeProcessAsync(string processId)
    {
        await LookAgainAsync();
        if (IsKnownAsleep) return DescribedAsleep(processId);
        return await (_away || IsAsleep || Lost is not null ? AwakeAsync(FindAsync) : FindAsync());

        Task<Outcome<ProcessDescription>> FindAsync() => Task.FromResult(TryFind(processId, SandboxUse.Look, out var process, out var error)
            ? Described(process)
            : Failed<ProcessDescription>(error));
    }

    /// <inheritdoc/>
    public async Task<Outcome<ProcessDescription>> WaitAsync(string processId, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        limit = limit < TimeSpan.Zero ? TimeSpan.Zero : limit > LongestWait ? LongestWait : limit;
        var since = _time.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        while (true)
        {
            // Waiting wakes nothing, and counts as no activity of a sandbox that sleeps.
            if ((_away || Lost is not null || (IsAsleep && !IsKnownAsleep)) && await WakeAsync() is { } unwilling) return Failed<ProcessDescription>(unwilling);
            var asleep = IsAsleep ? _asleep?.Task : null;
            if (asleep is not null && IsKnownAsleep
                && DescribedAsleep(processId) is var known && (!known.Succeeded || known.Value.End is not null)) return known;
            ILiveProcess? process = null;
            if (asleep is null && !TryReach(processId, SandboxUse.Look, out process, out var error)) return Failed<ProcessDescription>(error);
            var (falling, settling) = (_fallsAsleep.Task, _settles.Task);
            await WaitLeftAsync(asleep ?? Task.WhenAny(process!.Ended, falling));

            // What ends with its sandbox has not ended where that goes on from a checkpoint.
            if (process is { Ended.IsCompleted: true } && Lost is not null) await WaitLeftAsync(settling);
            cancellationToken.ThrowIfCancellationRequested();
            var over = _time.GetElapsedTime(since) >= limit || ending.IsCancellationRequested;
            if (process is { Ended.IsCompleted: true } && Lost is not null) return Failed<ProcessDescription>(Again());
            if (process is not null && !falling.IsCompleted && (over || process.Ended.IsCompleted))
            {
                _deadlines?.Touch();
                return Described(process);
            }

            if (over) return await DescribeProcessAsync(processId);
        }

        async Task WaitLeftAsync(Task change)
        {
            var left = limit - _time.GetElapsedTime(since);
            await change.WaitAsync(left < TimeSpan.Zero ? TimeSpan.Zero : left, _time, ending.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<ProcessDescription>> SignalAsync(string processId, int signal, bool group) =>
        ActAsync(processId, process => process.SignalAsync(signal, group, _ending.Token));

    /// <inheritdoc/>
    public Task<Outcome<ProcessDescription>> ResizeAsync(string processId, int rows, int columns) =>
        ActAsync(processId, process => process.ResizeAsync(rows, columns, _ending.Token));

    /// <inheritdoc/>
    public async Task<Outcome<InputTaken>> WriteInputAsync(
        string processId, long offset, byte[] data, string? token = null, CancellationToken cancellationToken = default) => token is not null && !await CheckTokenAsync(token)
        ? Failed<InputTaken>(SandboxError.WrongToken)
        : await AwakeAsync(() => TryReach(processId, SandboxUse.Reach, out var process, out var error)
            ? process.WriteInputAsync(offset, data, cancellationToken)
            : Task.FromResult(Failed<InputTaken>(error)));

    /// <inheritdoc/>
    public Task<Outcome<InputTaken>> EndInputAsync(string processId, long offset, CancellationToken cancellationToken = default) =>
        AwakeAsync(() => TryReach(processId, SandboxUse.Reach, out var process, out var error)
            ? process.EndInputAsync(offset, cancellationToken)
            : Task.FromResult(Failed<InputTaken>(error)));

    /// <inheritdoc/>
    public async IAsyncEnumerable<OutputItem> ReadOutputAsync(
        string processId, ProcessChannel channel, OutputCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Who begins to read wakes the sandbox; who reads when it falls asleep waits for it, and notices nothing. What was lost comes back for either.
        if (await WakeAsync() is { } asleep)
        {
            yield return Failure(asleep);
            yield break;
        }

        // Also who has read nothing yet belongs to the history of now.
        from = new OutputCursor(from.Timeline ?? _record?.Timeline, from.Offset);
        while (true)
        {
            if (!TryReach(processId, SandboxUse.Look, out var process, out var error))
            {
                yield return Failure(error);
                yield break;
            }

            if (from.Timeline < _record!.Timeline && Array.Exists(process.Describe().Channels, log => log.Channel == channel))
            {
                // Where the histories have parted, not where the log is by now: what came behind that is news.
                var to = Math.Min(from.Offset, process.CommonWith(channel, from.Timeline.Value));
                yield return new OutputRewound { Timeline = _record.Timeline, From = from.Offset, To = to };
                from = new OutputCursor(_record.Timeline, to);

                // Much may have happened while the reader had this item.
                continue;
            }

            var (falling, settling) = (_fallsAsleep.Task, _settles.Task);
            await foreach (var item in UntilEndingAsync(token => process.ReadOutputAsync(channel, from, follow, token), cancellationToken))
            {
                if (item is OutputFailure or OutputEnd { Ended: true })
                {
                    // The log has gone, or has ended, with its sandbox: that may go on from a checkpoint, and the log with it.
                    if (Lost is not null) await WaitAsync(settling, cancellationToken);
                    if (falling.IsCompleted) break;
                }

                _deadlines?.Touch();
                yield return item;
                if (item is OutputEnd or OutputFailure) yield break;
                from = new OutputCursor(item.Timeline, item is OutputData data ? data.Offset + data.Data.Length : ((OutputGap)item).To);
            }

            if (_asleep is not { } sleep) continue;
            if (!IsAsleep || IsKnownAsleep)
            {
                await WaitAsync(sleep.Task, cancellationToken);
            }
            else if (await WakeAsync() is { } unwilling)
            {
                yield return Failure(unwilling);
                yield break;
            }
        }

        OutputFailure Failure(SandboxError error) => new() { Timeline = _record?.Timeline ?? 0, Error = error };
    }

    /// <inheritdoc/>
    public Task AcknowledgeAsync(string processId, ProcessChannel channel, long offset)
    {
        // A checkpoint that is being taken does not have it any more; the log that goes on from there is to know of it.
        if (Status is SandboxStatus.Suspending || IsKnownAsleep)
            _acknowledged[(processId, channel)] = Math.Max(offset, _acknowledged.GetValueOrDefault((processId, channel)));

        // Whose process is gone has nothing to acknowledge to.
        if (TryReach(processId, SandboxUse.Look, out var process, out _)) process.Acknowledge(channel, offset);
        return Task.CompletedTask;
    }

    private void AcknowledgeKept(ILiveSandbox live)
    {
        foreach (var ((processId, channel), offset) in _acknowledged) live.Find(processId)?.Acknowledge(channel, offset);
        _acknowledged.Clear();
    }

    private async Task WaitAsync(Task change, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        try
        {
            await change.WaitAsync(ending.Token);
        }
        catch (OperationCanceledException e) when (_ending.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new EnumerationAbortedException($"The grain of {_key} is activated anew. Read on from where you are.", e);
        }
    }

    private static Outcome<T> Failed<T>(SandboxError error)
        where T : class => new() { Error = error };

    private static Outcome<ProcessDescription> Described(ILiveProcess process) => new() { Value = process.Describe() };

    private Task<Outcome<ProcessDescription>> ActAsync(string processId, Func<ILiveProcess, Task<SandboxError?>> act) => AwakeAsync(async () =>
    {
        if (!TryReach(processId, SandboxUse.Reach, out var process, out var error)) return Failed<ProcessDescription>(error);
        return await act(process) is { } failure ? Failed<ProcessDescription>(failure) : Described(process);
    });

    private static Outcome<ProcessList> Listed(ProcessDescription[] processes) => new() { Value = new ProcessList { Processes = processes } };

    private Outcome<ProcessDescription> DescribedAsleep(string processId) =>
        Array.Find(_record!.Processes!, process => string.Equals(process.Id, processId, StringComparison.Ordinal)) is { } known
            ? new Outcome<ProcessDescription> { Value = known }
            : Failed<ProcessDescription>(NoProcess(processId));

    private static SandboxError NoProcess(string processId) =>
        new() { Code = SandboxErrorCode.NotFound, Message = $"The sandbox has no process '{processId}', or not any more." };

    /// <summary>Finds a process for a call that counts as an activity.</summary>
    private bool TryReach(
        string processId, SandboxUse use, [NotNullWhen(true)] out ILiveProcess? process, [NotNullWhen(false)] out SandboxError? error)
    {
        if (!TryFind(processId, use, out process, out error)) return false;
        _deadlines?.Touch();
        return true;
    }

    private bool TryFind(
        string processId, SandboxUse use, [NotNullWhen(true)] out ILiveProcess? process, [NotNullWhen(false)] out SandboxError? error)
    {
        error = Refusal(use);
        process = error is null ? _live!.Find(processId) : null;
        if (error is null && process is null)
        {
            error = NoProcess(processId);
        }

        return process is not null;
    }
}
