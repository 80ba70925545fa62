namespace Sandbox.Silo.Storage.Gcs;

/// <summary>Cloud Storage did not do what was asked. The message says why and what to do.</summary>
internal sealed class GcsException(GcsFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public GcsFailure Failure { get; } = failure;
}
