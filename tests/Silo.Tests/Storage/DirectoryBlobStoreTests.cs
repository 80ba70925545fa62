using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class DirectoryBlobStoreTests() : BlobStoreTests(StoreKind.Directory)
{
    [Fact(Timeout = 120_000)]
    public Task Processes_that_count_in_one_blob_lose_no_count() => CountWithOtherProcessesAsync();

    [Fact(Timeout = 60_000)]
    public async Task Blobs_come_and_go_at_once_in_a_directory_that_each_leaves_empty()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var round = 0; round < 300; round++)
            {
                Assert.NotNull(await Test.Blobs.PutAsync($"a/b/{i}", Stream.Null, BlobPutOptions.Create, Cancel));
                Assert.True(await Test.Blobs.DeleteAsync($"a/b/{i}", cancellationToken: Cancel));
            }
        })));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_writer_that_is_killed_leaves_a_whole_blob()
    {
        for (var round = 0; round < 5; round++)
        {
            using var writer = BlobProcess.Start("write", "-", Test.Location, "big");
            for (var line = 0; line <= round; line++)
            {
                Assert.NotNull(await writer.StandardOutput.ReadLineAsync(Cancel));
            }

            writer.Kill();
            await writer.WaitForExitAsync(Cancel);

            await using var open = await Test.Blobs.OpenAsync("big", cancellationToken: Cancel);
            var bytes = new byte[BlobProcess.BlobSize];
            await open!.Content.ReadExactlyAsync(bytes, Cancel);
            Assert.Equal(BlobProcess.BlobSize, open.Properties.Size);
            Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept(bytes[0]));
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task What_a_dead_process_left_is_removed_at_the_next_start_once_it_is_old()
    {
        var left = Test.Below("temporary", "left");
        await File.WriteAllTextAsync(left, "half", Cancel);

        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(5));
        DirectoryBlobStore.Open(Test.Location, time).Dispose();
        Assert.True(File.Exists(left));

        time.Advance(TimeSpan.FromHours(2));
        DirectoryBlobStore.Open(Test.Location, time).Dispose();
        Assert.False(File.Exists(left));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_damaged_file_is_named_and_not_read()
    {
        await PutAsync("a", "x");
        await File.WriteAllTextAsync(Test.Below("names", "a@"), "nonsense", Cancel);
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => Test.Blobs.FindAsync("a", Cancel));
        Assert.Contains("names/a@", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Neither_a_failed_put_nor_a_deleted_blob_leaves_a_file()
    {
        await Assert.ThrowsAsync<IOException>(() => Test.Blobs.PutAsync("a/b", new FailingStream(), new(), Cancel));
        await PutAsync("a/b", "x");
        await Test.Blobs.DeleteAsync("a/b", cancellationToken: Cancel);
        Assert.Empty(Directory.GetFiles(Test.Below("temporary")));
        Assert.Empty(Directory.GetFileSystemEntries(Test.Below("names")));
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("gone");
    }
}
