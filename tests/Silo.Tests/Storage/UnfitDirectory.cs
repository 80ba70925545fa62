using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>A directory that refuses the renames of the store for several processes: what it writes beside lies on another file system.</summary>
internal sealed class UnfitDirectory : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TemporaryDirectory _spool = new();

    public UnfitDirectory() => Directory.CreateSymbolicLink(_directory.Below("temporary"), Elsewhere);

    /// <summary>Its path.</summary>
    public string Path => _directory.Path;

    /// <summary>Where what is written beside lies.</summary>
    public string Elsewhere { get; } = Directory.CreateDirectory($"/dev/shm/sandbox-test-{Guid.NewGuid():N}").FullName;

    /// <summary>Where the store keeps content that is still coming.</summary>
    public string Spool => _spool.Path;

    /// <summary>The store that a server alone has in it.</summary>
    public MountedBlobStore Open(TimeProvider time) =>
        Assert.IsType<MountedBlobStore>(BlobLocation.Parse(Path)!.OpenAsync(new GcsOptions(), Spool, time, CancellationToken.None).GetAwaiter().GetResult());

    public void Dispose()
    {
        Directory.Delete(Elsewhere, recursive: true);
        _spool.Dispose();
        _directory.Dispose();
    }
}
