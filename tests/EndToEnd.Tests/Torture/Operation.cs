namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>What is asked of a sandbox while its server dies.</summary>
internal enum Operation
{
    Checkpoint,
    Suspend,
    Wake,
    Rewind,
    Fork,
    DeleteCheckpoint,
    Snapshot,
}
