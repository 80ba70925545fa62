namespace Sandbox.Silo.Tests.Storage;

/// <summary>The stores that blobs are kept in.</summary>
public enum StoreKind
{
    Directory,
    Gcs,

    /// <summary>A directory that refuses renames, as a mounted bucket may.</summary>
    Mounted,
}
