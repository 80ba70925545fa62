using Sandbox.Silo.Executions;

namespace Sandbox.Silo.Starts;

// Sandboxes that have begun ahead: one for each of the Pool:Starts states that were used last.
internal sealed partial class StartStates
{
    private readonly LinkedList<Kept> _kept = [];
    private readonly List<Kept> _ending = [];

    /// <summary>How many sandboxes have begun ahead.</summary>
    public int Ready
    {
        get
        {
            lock (_gate) return _kept.Count(kept => kept.Begun.IsReady);
        }
    }

    private StartedSandbox? TryTake(StartState state)
    {
        lock (_gate) return _kept.FirstOrDefault(kept => kept.State == state)?.Begun.TryTake(_ => true);
    }

    /// <summary>A state was used: one more of it is kept ready from now on, and none any more of that used longest ago.</summary>
    private void Note(StartState state)
    {
        Kept? last = null;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || options.Value.Starts == 0) return;
            var there = _kept.FirstOrDefault(kept => kept.State == state);
            if (there is not null) _kept.Remove(there);
            _kept.AddFirst(there ?? Begin(state));
            if (_kept.Count > options.Value.Starts) last = Remove(_kept.Last!.Value);
        }

        last?.Stop.Cancel();
    }

    /// <summary>None is kept of a state that cannot be used.</summary>
    private void Drop(StartState state)
    {
        Kept? dropped;
        lock (_gate)
        {
            dropped = _kept.FirstOrDefault(kept => kept.State == state);
            if (dropped is not null) Remove(dropped);
        }

        dropped?.Stop.Cancel();
    }

    // The gate is held.
    private Kept Remove(Kept kept)
    {
        _kept.Remove(kept);
        _ending.RemoveAll(ending => ending.Keeping.IsCompleted);
        _ending.Add(kept);
        return kept;
    }

    private Kept Begin(StartState state)
    {
        var stop = new CancellationTokenSource();
        var begun = new Standby<StartedSandbox>(
            pool, token => RestoreAsync(state, token), sandbox => sandbox.Ended, time, (error, pause) => LogNotKept(error.Message, pause.TotalMilliseconds));
        return new Kept(state, begun, stop, Task.Run(() => begun.KeepAsync(stop.Token)));
    }

    private async Task StopKeepingAsync()
    {
        Kept[] all;
        lock (_gate) all = [.. _kept, .. _ending];
        foreach (var kept in all) await kept.Stop.CancelAsync();
        await Task.WhenAll(all.Select(kept => kept.Keeping));
    }

    private sealed record Kept(StartState State, Standby<StartedSandbox> Begun, CancellationTokenSource Stop, Task Keeping);

    // A sandbox begins without one too, only later.
    [LoggerMessage(124, LogLevel.Warning, "A sandbox could not begin ahead, the next try is in {Pause} ms: {Message}")]
    private partial void LogNotKept(string message, double pause);
}
