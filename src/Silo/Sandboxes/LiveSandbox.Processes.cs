using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;
using Sandbox.Silo.Starts;

namespace Sandbox.Silo.Sandboxes;

internal sealed partial class LiveSandbox
{
    /// <summary>Ended processes that are kept.</summary>
    public const int EndedProcesses = 256;

    // All under the gate. A start is there from its beginning; one that failed is taken out again.
    private readonly Dictionary<string, Task<Outcome<LiveProcess>>> _starts = [];
    private readonly List<LiveProcess> _processes = [];
    private readonly Queue<LiveProcess> _endedProcesses = [];
    private int _numbers;
    private GuestProcess? _preloaded;

    /// <inheritdoc/>
    public IReadOnlyList<ILiveProcess> Processes
    {
        get
        {
            lock (_gate) return [.. _processes];
        }
    }

    private int Running
    {
        get
        {
            lock (_gate) return _processes.Count - _endedProcesses.Count;
        }
    }

    /// <inheritdoc/>
    public ILiveProcess? Find(string processId)
    {
        lock (_gate) return _processes.Find(process => string.Equals(process.Id, processId, StringComparison.Ordinal));
    }

    /// <summary>
    /// As the interface says. A caller that gives up does not take its start back: it may ask again with the same id, and learns what became of it.
    /// </summary>
    /// <inheritdoc/>
    public async Task<Outcome<LiveProcessStart>> StartAsync(ProcessSpec spec, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Outcome<LiveProcess>>? start;
            bool first;
            lock (_gate)
            {
                first = !_starts.TryGetValue(spec.Id, out start);
                if (first && Refuse() is { } refusal) return Refusal.Answer<LiveProcessStart>(refusal);
                if (first) _starts.Add(spec.Id, start = StartOnceAsync(spec));
            }

            var outcome = await start!.WaitAsync(cancellationToken);
            if (outcome.Succeeded) return Refusal.Answer(new LiveProcessStart(outcome.Value, Known: !first));
            // A start that failed does not count: whoever waited for another's makes his own.
            if (first) return Refusal.Answer<LiveProcessStart>(outcome.Error);
        }
    }

    private async Task<Outcome<LiveProcess>> StartOnceAsync(ProcessSpec spec)
    {
        // Out of the caller's gate.
        await Task.Yield();
        var outcome = await TryStartAsync(spec);
        if (outcome.Succeeded)
        {
            _ = FollowAsync(outcome.Value);
            return outcome;
        }

        lock (_gate) _starts.Remove(spec.Id);
        return outcome;
    }

    private async Task<Outcome<LiveProcess>> TryStartAsync(ProcessSpec spec)
    {
        if (!await Gate.EnterAsync(CancellationToken.None)) return Refusal.Answer<LiveProcess>(Refusal.Suspended());
        try
        {
            return await StartInGateAsync(spec);
        }
        finally
        {
            Gate.Leave();
        }
    }

    private async Task<Outcome<LiveProcess>> StartInGateAsync(ProcessSpec spec)
    {
        if (Refuse() is { } refusal) return Refusal.Answer<LiveProcess>(refusal);
        var number = Interlocked.Increment(ref _numbers);
        StartResult result;
        ProcessStart start;
        try
        {
            start = ProgramStart.For(_spec, spec, number);
            if (await TryBecomeAsync(spec, start) is { } preloaded) (start, result) = (start with { Arguments = PreloadedPython.Arguments }, preloaded);
            else result = await _sandbox.Link.StartAsync(start, CancellationToken.None);
        }
        catch (ArgumentException e)
        {
            return Refusal.Answer<LiveProcess>(Refusal.Invalid(e.Message));
        }
        catch (LinkException)
        {
            return Refusal.Answer<LiveProcess>(Refusal.Gone(await Ended));
        }

        if (!result.IsStarted) return Refusal.Answer<LiveProcess>(Refusal.NotStarted(result.Failure, start.Arguments[0]));
        lock (_gate)
        {
            if (!_removing)
            {
                var directory = Path.Combine(_outputDirectory, $"{number}");
                var logs = new OutputLogs(LiveProcess.ChannelsOf(spec), directory, spec.OnFull, Timeline, _disk);
                var process = new LiveProcess(this, result.Process, spec, start.Arguments, logs, _time);
                _processes.Add(process);
                return Refusal.Answer(process);
            }
        }

        result.Process.Dispose();
        return Refusal.Answer<LiveProcess>(Refusal.Gone("The sandbox is being removed."));
    }

    /// <summary>Has the Python that waits become the process, if there is one still and it can.</summary>
    private async Task<GuestProcess?> TryBecomeAsync(ProcessSpec spec, ProcessStart cold)
    {
        // Whatever is started first: no code of the user's has been near it before, and after that nothing else becomes of it.
        if (Interlocked.Exchange(ref _preloaded, null) is not { } preloaded || !PreloadedPython.CanBecome(_spec, spec)) return null;
        if (await preloaded.PourAsync(PreloadedPython.Become(spec, cold), CancellationToken.None) is not null) return null;
        if (!spec.Stdin) await preloaded.EndInputAsync(CancellationToken.None);
        return preloaded;
    }

    /// <summary>Tells of the start and the end, and lets the oldest that ended go.</summary>
    private async Task FollowAsync(LiveProcess process)
    {
        ProcessChanged?.Invoke(process);
        await process.Ended;
        LiveProcess? oldest = null;
        lock (_gate)
        {
            _endedProcesses.Enqueue(process);
            if (_endedProcesses.Count > EndedProcesses)
            {
                oldest = _endedProcesses.Dequeue();
                _processes.Remove(oldest);
                _starts.Remove(oldest.Id);
            }
        }

        ProcessChanged?.Invoke(process);
        if (oldest is not null) await oldest.DisposeAsync();
    }

    private async Task RemoveProcessesAsync()
    {
        LiveProcess[] all;
        lock (_gate) all = [.. _processes];
        await Task.WhenAll(all.Select(process => process.DisposeAsync().AsTask()));
    }
}
