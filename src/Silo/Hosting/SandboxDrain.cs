using System.Collections.Concurrent;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Hosting;

/// <summary>Empties a host that is to stop: takes no more sandboxes, suspends what it has within the time it is given, and says what it could not.</summary>
internal sealed partial class SandboxDrain(
    LiveSandboxes sandboxes, IGrainFactory grains, ILogger<SandboxDrain> logger, IDrainAnnouncement? announcement = null)
{
    /// <summary>Drains.</summary>
    /// <param name="within">The time there is. What is not suspended by then is lost, as far as it is behind its last checkpoint.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task RunAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var keys = sandboxes.StopTaking();
        if (announcement is not null) await announcement.AnnounceAsync();
        if (keys.Count == 0) return;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(within);
        var left = new ConcurrentDictionary<string, string>(keys.Select(key => KeyValuePair.Create(key, "there was no time")), StringComparer.Ordinal);
        try
        {
            // A checkpoint keeps about one processor busy.
            await Parallel.ForEachAsync(
                keys,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = deadline.Token },
                async (key, token) =>
                {
                    if (await SuspendAsync(key).WaitAsync(token) is { } reason) left[key] = reason;
                    else left.TryRemove(key, out _);
                });
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // What is left is told below.
        }

        LogDrained(keys.Count - left.Count, keys.Count);
        foreach (var (key, reason) in left) LogLeft(key, reason);
    }

    private async Task<string?> SuspendAsync(string key)
    {
        try
        {
            var sandbox = grains.GetGrain<ISandboxGrain>(key);
            if ((await sandbox.SuspendAsync()).Error is { } error) return error.Message;
            await MakeWayAsync(sandbox, key);
            return null;
        }
        catch (Exception e)
        {
            // One that cannot be suspended must not keep the others from it.
            return e.Message;
        }
    }

    /// <summary>Whoever reads it would be waited for, and has nothing to wait for here. Suspended it is in any case.</summary>
    private async Task MakeWayAsync(ISandboxGrain sandbox, string key)
    {
        try
        {
            await sandbox.MakeWayAsync();
        }
        catch (Exception e)
        {
            LogStays(e, key);
        }
    }

    [LoggerMessage(222, LogLevel.Warning, "The readers of {Key} could not be sent on; they go on elsewhere when this host has stopped")]
    private partial void LogStays(Exception exception, string key);

    [LoggerMessage(220, LogLevel.Information, "Suspended {Count} of {All} sandboxes before the stop")]
    private partial void LogDrained(int count, int all);

    [LoggerMessage(221, LogLevel.Warning, "Sandbox {Key} could not be suspended before the stop: {Reason}")]
    private partial void LogLeft(string key, string reason);
}
