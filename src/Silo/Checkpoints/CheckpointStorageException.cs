namespace Sandbox.Silo.Checkpoints;

/// <summary>A disk or the store failed in the middle. The checkpoint that was being stored does not exist; others are as they were.</summary>
internal sealed class CheckpointStorageException : IOException
{
    private const int NoSpace = 28;
    private const int OverQuota = 122;

    private CheckpointStorageException(string message, bool full, Exception inner)
        : base(message, inner) => (IsFull, HResult) = (full, inner.HResult);

    /// <summary>Whether there was no room; otherwise the store could not be reached or failed.</summary>
    public bool IsFull { get; }

    /// <summary>Whether an exception is one of a disk, a store or a network.</summary>
    public static bool Explains(Exception exception) =>
        exception is IOException or HttpRequestException or UnauthorizedAccessException or TimeoutException or InvalidDataException;

    /// <param name="what">What could not be done, as in "The checkpoint X cannot be stored".</param>
    /// <param name="inner">What failed.</param>
    public static CheckpointStorageException Of(string what, Exception inner) =>
        inner is IOException { HResult: NoSpace or OverQuota }
            ? new CheckpointStorageException($"{what}: no room is left. Free some, or delete checkpoints. ({inner.Message})", full: true, inner)
            : new CheckpointStorageException($"{what}: the storage failed. Try again when it can be reached. ({inner.Message})", full: false, inner);
}
