using Sandbox.Grains.Events;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// What is stored of a sandbox. Written before and after each thing that is asked of the host, so that a record always says at least what may
/// exist; beside that at most once a second, for its events. The first one is written when the sandbox runs, before anybody hears of it: until then its
/// head says where it may be. A copy's is written sooner, because its checkpoint is stored before it runs.
/// </summary>
[GenerateSerializer, Alias("sandbox-record")]
internal sealed record SandboxRecord : IDescribedState
{
    /// <summary>The name of the state.</summary>
    public const string StateName = "record";

    /// <summary>The name of the storage.</summary>
    public const string StorageName = SandboxStorage.Name;

    /// <summary>The grain's type, as it is in stored names.</summary>
    public const string GrainType = "sandbox";

    /// <summary>Where the sandbox is in its life.</summary>
    [Id(0)] public SandboxStatus Status { get; init; }

    /// <summary>What it was asked to be; null only in a record that was never written.</summary>
    [Id(1)] public SandboxSpec? Spec { get; init; }

    /// <summary>Why it is being deleted, is deleted or has failed.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>When it was created.</summary>
    [Id(3)] public DateTimeOffset Created { get; init; }

    /// <summary>Since when it is in its status.</summary>
    [Id(4)] public DateTimeOffset Since { get; init; }

    /// <summary>Grows with every container that is started for the id.</summary>
    [Id(5)] public long Epoch { get; init; }

    /// <summary>The history that offsets belong to.</summary>
    [Id(6)] public long Timeline { get; init; }

    /// <summary>SHA-256 of its token.</summary>
    [Id(7)] public byte[] TokenHash { get; init; } = [];

    /// <summary>Its events.</summary>
    [Id(8)] public EventLogState Events { get; init; } = new();

    /// <summary>The checkpoint that it went on from last, or will go on from; null before the first.</summary>
    [Id(9)] public string? Checkpoint { get; init; }

    /// <summary>The epoch since which it is known of every id whether it was started: its creation, or its last rewind.</summary>
    [Id(10)] public long SureSince { get; init; }

    /// <summary>While it is suspended: its processes; null where only waking it will tell.</summary>
    [Id(11)] public ProcessDescription[]? Processes { get; init; }

    /// <summary>How often in a row it has ended by itself soon after it went on; see <see cref="Life.Relapses"/>.</summary>
    [Id(12)] public int Relapses { get; init; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> DescribeState() => Spec is null ? new Dictionary<string, string>() : SandboxMetadata.Write(this);
}
