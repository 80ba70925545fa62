using Sandbox.Silo.Hosting;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>Directories that cannot hold blobs, as those of a mounted bucket: they are refused before anything is written there.</summary>
public sealed class DirectoryProbeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _elsewhere = Directory.CreateDirectory($"/dev/shm/sandbox-test-{Guid.NewGuid():N}").FullName;

    public void Dispose()
    {
        Directory.Delete(_elsewhere, recursive: true);
        _directory.Dispose();
    }

    [Fact]
    public void A_directory_that_refuses_renames_is_refused_with_the_remedy()
    {
        // A rename between file systems is refused; .NET's own move would copy instead, and not in one step.
        Directory.CreateSymbolicLink(_directory.Below("temporary"), _elsewhere);
        var refused = Assert.Throws<DataDirectoryException>(() => DirectoryBlobStore.Open(_directory.Path, TimeProvider.System));
        Assert.Contains("rename", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--blobs gs://BUCKET", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, StartFailure.Explain(refused));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Below("names")));
        Assert.Empty(Directory.GetFileSystemEntries(_elsewhere));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_whose_renames_are_refused_later_keeps_the_old_blob_and_says_so()
    {
        using var store = DirectoryBlobStore.Open(_directory.Path, TimeProvider.System);
        var cancel = TestContext.Current.CancellationToken;
        await store.PutAsync("a", new MemoryStream([1]), new(), cancel);
        Directory.Delete(_directory.Below("temporary"));
        Directory.CreateSymbolicLink(_directory.Below("temporary"), _elsewhere);
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync("a", new MemoryStream([2]), new(), cancel));
        await using var open = await store.OpenAsync("a", cancellationToken: cancel);
        Assert.Equal(1, open!.Content.ReadByte());
        Assert.Empty(Directory.GetFileSystemEntries(_elsewhere));
    }

    [Fact]
    public void A_mounted_bucket_is_known_by_its_file_system_and_a_local_one_is_used()
    {
        Assert.Contains("mounted bucket", DirectoryProbe.Refusal(0x65735546), StringComparison.Ordinal);
        Assert.Null(DirectoryProbe.Refusal(Posix.FileSystemType(_directory.Path)));
        DirectoryBlobStore.Open(_directory.Path, TimeProvider.System).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Below("temporary")));
    }
}
