namespace Sandbox.Silo.Containers;

/// <summary>An image could not be restored. Nothing of the container is left; the image is as it was.</summary>
internal sealed class ContainerRestoreException : Exception
{
    public ContainerRestoreException(RestoreFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public RestoreFailure Failure { get; }
}
