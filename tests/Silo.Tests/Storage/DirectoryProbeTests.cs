using Sandbox.Silo.Hosting;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>Directories that several processes cannot use, as those of a mounted bucket: that is found before anything is written there.</summary>
public sealed class DirectoryProbeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly UnfitDirectory _unfit = new();

    public void Dispose()
    {
        _unfit.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_directory_that_refuses_renames_is_refused_with_the_remedy_where_several_servers_use_it()
    {
        var refused = await Assert.ThrowsAsync<DataDirectoryException>(() =>
            BlobLocation.Parse(_unfit.Path)!.OpenAsync(new GcsOptions(), spool: null, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Contains("rename", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--blobs gs://BUCKET", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, StartFailure.Explain(refused));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_unfit.Path, "names")));
        Assert.Empty(Directory.GetFileSystemEntries(_unfit.Elsewhere));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_whose_renames_are_refused_later_keeps_the_old_blob_and_says_so()
    {
        using var store = DirectoryBlobStore.Open(_directory.Path, TimeProvider.System);
        var cancel = TestContext.Current.CancellationToken;
        await store.PutAsync("a", new MemoryStream([1]), new(), cancel);
        Directory.Delete(_directory.Below("temporary"));
        Directory.CreateSymbolicLink(_directory.Below("temporary"), _unfit.Elsewhere);
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync("a", new MemoryStream([2]), new(), cancel));
        await using var open = await store.OpenAsync("a", cancellationToken: cancel);
        Assert.Equal(1, open!.Content.ReadByte());
        Assert.Empty(Directory.GetFileSystemEntries(_unfit.Elsewhere));
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
