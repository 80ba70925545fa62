namespace Sandbox.Silo.Containers;

/// <summary>
/// A checkpoint could not be made. Nothing of it is left on the disk, and the container goes on running unless <see cref="Failure"/> is
/// <see cref="CheckpointFailure.Ended"/>.
/// </summary>
internal sealed class ContainerCheckpointException : Exception
{
    public ContainerCheckpointException(CheckpointFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public CheckpointFailure Failure { get; }
}
