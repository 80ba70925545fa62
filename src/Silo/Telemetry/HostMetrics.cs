using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sandbox.Silo.Telemetry;

/// <summary>What a host counts and times, under the names that docs/telemetry.md lists. Nothing of it holds a program's output, a token or a key.</summary>
internal static class HostMetrics
{
    /// <summary>The name of the meter, and of the source of traces.</summary>
    public const string Name = "Sandbox.Host";

    private static readonly Meter _meter = new(Name);

    private static readonly Counter<long> _link = _meter.CreateCounter<long>("sandbox.link.io", "By", "Bytes over the links to guests.");

    private static readonly KeyValuePair<string, object?> _toGuest = new("direction", "to_guest");

    private static readonly KeyValuePair<string, object?> _fromGuest = new("direction", "from_guest");

    private static readonly Histogram<double> _executions = Seconds("sandbox.execution.duration", "One-offs, from the start of the program to its end.");

    private static readonly Histogram<double> _lifetimes = Seconds("sandbox.lifetime", "Sandboxes on this host, from their start or waking to their end or sleep.");

    private static readonly Histogram<double> _processes = Seconds("sandbox.process.duration", "Processes of sandboxes that stay.");

    private static readonly Histogram<double> _checkpoints = Seconds("sandbox.checkpoint.duration", "Checkpoints, until they are stored.");

    private static readonly Histogram<long> _checkpointSizes = _meter.CreateHistogram<long>("sandbox.checkpoint.size", "By", "What checkpoints hold, before parts are shared.");

    private static readonly Histogram<double> _restores = Seconds("sandbox.restore.duration", "Sandboxes brought back from checkpoints.");

    /// <summary>The source of traces.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    public static void SentToGuest(int bytes) => _link.Add(bytes, _toGuest);

    public static void ReceivedFromGuest(int bytes) => _link.Add(bytes, _fromGuest);

    public static void Executed(TimeSpan ran, string reason, bool warm) =>
        _executions.Record(ran.TotalSeconds, new("reason", reason), new("warm", warm));

    public static void SandboxEnded(TimeSpan lived) => _lifetimes.Record(lived.TotalSeconds);

    public static void ProcessEnded(TimeSpan ran, string reason) => _processes.Record(ran.TotalSeconds, new KeyValuePair<string, object?>("reason", reason));

    /// <param name="took">How long it took.</param>
    /// <param name="suspend">Whether the sandbox was put to sleep with it.</param>
    /// <param name="bytes">Its size, or null where it failed.</param>
    public static void Checkpointed(TimeSpan took, bool suspend, long? bytes)
    {
        _checkpoints.Record(took.TotalSeconds, new("suspend", suspend), new("ok", bytes is not null));
        if (bytes is { } size) _checkpointSizes.Record(size);
    }

    public static void Restored(TimeSpan took, bool ok) => _restores.Record(took.TotalSeconds, new KeyValuePair<string, object?>("ok", ok));

    private static Histogram<double> Seconds(string name, string description) => _meter.CreateHistogram<double>(name, "s", description);
}
