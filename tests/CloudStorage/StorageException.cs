namespace Sandbox.CloudStorage;

/// <summary>A request that is answered with an error, as the JSON API words it.</summary>
internal sealed class StorageException(int status, string reason, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Reason { get; } = reason;
}
