using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;

namespace Sandbox.Grains.Processes;

/// <summary>
/// What is known of a sandbox's processes, so that each start and each end is told once: it compares what the host has now with what was seen
/// before. However often the host says that something changed, one look tells all of it. Not thread-safe.
/// </summary>
internal sealed class ProcessLedger
{
    // Whether each process that the host still knows was seen to end.
    private Dictionary<string, bool> _seen = new(StringComparer.Ordinal);

    /// <summary>Nothing seen yet.</summary>
    public ProcessLedger()
    {
    }

    /// <summary>Goes on from what was stored.</summary>
    public ProcessLedger(EventLogState state)
    {
        foreach (var happened in state.Kept)
        {
            if (happened.ProcessId is { } id) _seen[id] = happened.Type is SandboxEventType.ProcessExited;
        }

        foreach (var id in state.Running) _seen[id] = false;
    }

    /// <summary>The ids of those that were seen to start and not to end.</summary>
    public string[] Running => [.. _seen.Where(pair => !pair.Value).Select(pair => pair.Key)];

    /// <summary>How many those are.</summary>
    public int RunningCount { get; private set; }

    /// <summary>Takes what is there for known, without a word.</summary>
    /// <param name="processes">What is there.</param>
    /// <param name="running">The ids of those whose end is still to be told.</param>
    public void Take(IReadOnlyList<ILiveProcess> processes, IReadOnlyList<string>? running = null)
    {
        _ = Look(processes, default);
        foreach (var id in running ?? []) _seen[id] = false;
    }

    /// <summary>What has happened since the last look: starts in their order, then ends.</summary>
    public List<SandboxEvent> Look(IReadOnlyList<ILiveProcess> processes, DateTimeOffset now)
    {
        var news = new List<SandboxEvent>();
        var seen = new Dictionary<string, bool>(processes.Count, StringComparer.Ordinal);
        foreach (var process in processes)
        {
            if (!_seen.TryGetValue(process.Id, out var ended))
            {
                news.Add(Happened(SandboxEventType.ProcessStarted, process.Id, now));
            }

            seen[process.Id] = ended || process.Ended.IsCompletedSuccessfully;
        }

        foreach (var process in processes)
        {
            if (!seen[process.Id] || _seen.GetValueOrDefault(process.Id)) continue;
            news.Add(Happened(SandboxEventType.ProcessExited, process.Id, now) with { End = process.Ended.Result });
        }

        // Those that the host has forgotten between two looks have ended too; how is not known any more.
        news.AddRange(_seen.Where(pair => !pair.Value && !seen.ContainsKey(pair.Key))
            .Select(pair => Happened(SandboxEventType.ProcessExited, pair.Key, now)));
        _seen = seen;
        RunningCount = seen.Count(pair => !pair.Value);
        return news;
    }

    private static SandboxEvent Happened(SandboxEventType type, string id, DateTimeOffset now) =>
        new() { Sequence = 0, Time = now, Type = type, ProcessId = id };
}
