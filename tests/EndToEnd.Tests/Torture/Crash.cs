using Sandbox.Grains.Faults;
using static Sandbox.EndToEnd.Tests.Torture.Operation;
using static Sandbox.Grains.Faults.FaultPoint;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A server dies at a point of an operation.</summary>
/// <param name="At">The point.</param>
/// <param name="In">The operation.</param>
internal sealed record Crash(FaultPoint At, Operation In)
{
    private static readonly FaultPoint[] Taking =
        [CheckpointHeld, CheckpointDescribed, CheckpointImaged, CheckpointPartsStored, CheckpointStored, CheckpointCommitted, BlobWritten];

    private static readonly FaultPoint[] Restoring = [WakeRecorded, RestoreHeld, RestoreFetched, RestoreResumed, RestoreTakenOver];

    /// <summary>All that can be, but for handoffs, which take two servers (<see cref="HandoffCrashTests"/>).</summary>
    public static IReadOnlyList<Crash> All { get; } =
    [
        .. Of(Operation.Checkpoint, Taking),
        .. Of(Suspend, [SuspendRecorded, .. Taking, SuspendSlept, HoldEnding, HoldReleased]),
        .. Of(Wake, [.. Restoring, BlobWritten]),
        .. Of(Rewind, [RewindRecorded, HoldEnding, HoldReleased, .. Restoring]),
        .. Of(Fork, [ForkCheckpointed, ForkRecorded, CheckpointPartsStored, CheckpointStored, ForkCopied, RestoreHeld, RestoreFetched, RestoreResumed, RestoreTakenOver, ForkMade]),
        .. Of(DeleteCheckpoint, [CheckpointManifestDeleted]),
        .. Of(Snapshot, [SnapshotCopied]),
    ];

    /// <summary>Those that CI walks over: each point once, in the operation that it is named after, and what is most likely to tear beside.</summary>
    public static IReadOnlyList<Crash> Usual { get; } =
    [
        .. Of(Operation.Checkpoint, [CheckpointImaged, CheckpointStored, CheckpointCommitted]),
        .. Of(Suspend, [SuspendRecorded, CheckpointHeld, CheckpointDescribed, CheckpointPartsStored, CheckpointStored, CheckpointCommitted, SuspendSlept, HoldEnding, HoldReleased]),
        .. Of(Wake, [.. Restoring, BlobWritten]),
        .. Of(Rewind, [RewindRecorded, RestoreTakenOver]),
        .. Of(Fork, [ForkCheckpointed, ForkRecorded, ForkCopied, RestoreTakenOver, ForkMade]),
        .. Of(DeleteCheckpoint, [CheckpointManifestDeleted]),
        .. Of(Snapshot, [SnapshotCopied]),
    ];

    public override string ToString() => $"{In} at {At}";

    private static IEnumerable<Crash> Of(Operation operation, IEnumerable<FaultPoint> points) => points.Select(point => new Crash(point, operation));
}
