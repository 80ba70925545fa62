using System.Globalization;
using System.Security.Cryptography;
using Sandbox.TestServer;

namespace Sandboxes.Tests;

/// <summary>Files through the client, a real server and a real sandbox.</summary>
public sealed class FileLiveTests(LiveServer live, ITestOutputHelper output) : IClassFixture<LiveServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Live_files_are_written_found_changed_and_read()
    {
        await using var sandbox = await live.CreateAsync();
        var files = sandbox.Files;
        var written = await files.WriteAsync("/home/user/a/b.txt", "Hello\nWorld\n", new FileWriteOptions { Parents = true, Mode = "0600" }, Cancel);
        Assert.Equal(("file", "0600", 12), (written.Type, written.Mode, written.Size));
        Assert.Equal("Hello\nWorld\n", await files.ReadTextAsync("/home/user/a/b.txt", cancellationToken: Cancel));
        Assert.Equal("World", await files.ReadTextAsync("/home/user/a/b.txt", new FileReadOptions { Offset = 6, Length = 5 }, Cancel));
        Assert.Equal(15, (await files.AppendAsync("/home/user/a/b.txt", "on\n"u8.ToArray(), cancellationToken: Cancel)).Size);
        Assert.True(await files.ExistsAsync("/home/user/a", Cancel));
        Assert.False(await files.ExistsAsync("/home/user/none", Cancel));
        Assert.Equal("no_such_file", (await Assert.ThrowsAsync<NotFoundException>(() => files.ReadTextAsync("/home/user/none", cancellationToken: Cancel))).File);
        Assert.Equal("not_regular", (await Assert.ThrowsAsync<ConflictException>(() => files.ReadTextAsync("/dev/zero", cancellationToken: Cancel))).File);
        await files.CopyAsync("/home/user/a", "/home/user/c", new FileMoveOptions { Recursive = true }, Cancel);
        await files.RenameAsync("/home/user/c/b.txt", "/home/user/c/d.txt", cancellationToken: Cancel);
        await files.MakeDirectoryAsync("/home/user/c/e/f", parents: true, cancellationToken: Cancel);
        await files.ChangeModeAsync("/home/user/c/d.txt", "0755", cancellationToken: Cancel);
        var list = await files.ListAsync("/home/user/c", depth: 3, cancellationToken: Cancel);
        Assert.Equal(
            ["/home/user/c/d.txt 0755", "/home/user/c/e 0755", "/home/user/c/e/f 0755"],
            list.Entries.Select(entry => $"{entry.Path} {entry.Mode}").Order(StringComparer.Ordinal));
        Assert.Equal("/home/user/c/d.txt", Assert.Single((await files.GlobAsync("/home/user/c", "**/*.txt", cancellationToken: Cancel)).Entries).Path);
        var match = Assert.Single((await files.SearchAsync("/home/user/c", "wor", anyCase: true, cancellationToken: Cancel)).Matches);
        Assert.Equal(new FileMatch("/home/user/c/d.txt", 2, "World"), match);

        await using var happenings = files.WatchAsync("/home/user/c", recursive: true, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await happenings.MoveNextAsync());
        Assert.Equal("ready", happenings.Current.Type);
        await files.RemoveAsync("/home/user/c/e", recursive: true, cancellationToken: Cancel);
        while (happenings.Current is not { Type: "deleted", Path: "/home/user/c/e" }) Assert.True(await happenings.MoveNextAsync());

        // A file call wakes a sandbox that sleeps, and its tag is the same.
        var before = await files.StatAsync("/home/user/a/b.txt", cancellationToken: Cancel);
        await sandbox.SuspendAsync(Cancel);
        Assert.Equal(before, await files.StatAsync("/home/user/a/b.txt", cancellationToken: Cancel));
    }

    [Fact(Timeout = 120_000)]
    public async Task Live_a_directory_goes_up_and_comes_down_as_it_is()
    {
        await using var sandbox = await live.CreateAsync();
        var here = Directory.CreateTempSubdirectory("sandbox-live-").FullName;
        try
        {
            var tree = Directory.CreateDirectory(Path.Combine(here, "tree", "deep", "er")).FullName;
            await File.WriteAllBytesAsync(Path.Combine(tree, "big"), new byte[3_000_000], Cancel);
            await File.WriteAllTextAsync(Path.Combine(here, "tree", "run.sh"), "echo ran", Cancel);
            File.SetUnixFileMode(Path.Combine(here, "tree", "run.sh"), (UnixFileMode)0x1ed);
            File.CreateSymbolicLink(Path.Combine(here, "tree", "link"), "run.sh");
            var progress = new List<FileProgress>();
            await sandbox.Files.UploadDirectoryAsync(Path.Combine(here, "tree"), "/home/user/tree", new FileWriteOptions { Progress = progress.Add }, Cancel);
            Assert.InRange(progress[^1].Done, 3_000_000, 4_000_000);
            await using var ran = await sandbox.SpawnAsync(["sh", "-c", "tree/link; ln -s /etc/passwd tree/out; stat -c %a tree/run.sh"], cancellationToken: Cancel);
            Assert.Equal("ran\n755\n", (await ran.GetResultAsync(Cancel)).StandardOutput);
            var leftOut = await sandbox.Files.DownloadDirectoryAsync("/home/user/tree", Path.Combine(here, "back"), new FileReadOptions { Progress = progress.Add }, Cancel);
            Assert.Equal(["out"], leftOut);
            Assert.InRange(progress[^1].Done, 3_000_000, 4_000_000);
            Assert.Equal("echo ran", await File.ReadAllTextAsync(Path.Combine(here, "back", "link"), Cancel));
            Assert.Equal(3_000_000, new FileInfo(Path.Combine(here, "back", "deep", "er", "big")).Length);
            var missing = await Assert.ThrowsAsync<NotFoundException>(() => sandbox.Files.DownloadDirectoryAsync("/home/user/none", Path.Combine(here, "none"), cancellationToken: Cancel));
            Assert.Equal("no_such_file", missing.File);
        }
        finally
        {
            Directory.Delete(here, recursive: true);
        }
    }

    /// <summary>The size is 64 MB, or SANDBOX_TEST_FILE_MB.</summary>
    [Fact(Timeout = 900_000)]
    public async Task Live_a_large_file_goes_up_and_down_in_constant_memory_through_lost_connections_and_a_suspension()
    {
        var megabytes = int.Parse(Environment.GetEnvironmentVariable("SANDBOX_TEST_FILE_MB") ?? "64", CultureInfo.InvariantCulture);
        var length = (long)megabytes << 20;
        await using var direct = await live.CreateAsync(new CreateOptions { DiskBytes = length + (64 << 20) });
        await using var proxy = new CuttingProxy(live.Address, seed: 7, cuts: 5, mostBytes: (int)Math.Min(length / 10, 1 << 30));
        await using var sandbox = await Sandbox.AttachAsync(proxy.Address, direct.Id, direct.Token, cancellationToken: Cancel);
        using var sent = new RandomStream(length);
        var progress = new List<long>();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var (most, server, serverMost) = (0L, live.ServerMemory ?? 0, 0L);
        void Watch(FileProgress told)
        {
            progress.Add(told.Done);
            if (progress.Count % 16 != 0) return;
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
            serverMost = Math.Max(serverMost, live.ServerMemory ?? 0);
        }

        var started = TimeProvider.System.GetTimestamp();
        var entry = await sandbox.Files.WriteAsync("/home/user/large", sent, new FileWriteOptions { Progress = Watch }, Cancel);
        output.WriteLine($"up: {megabytes / TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} MB/s");
        Assert.Equal((length, length), (entry.Size, progress[^1]));
        Assert.Equal(progress.Order(), progress);

        await using var sum = await sandbox.SpawnAsync(["sha256sum", "/home/user/large"], cancellationToken: Cancel);
        Assert.StartsWith(sent.Sha256(), (await sum.GetResultAsync(Cancel)).StandardOutput, StringComparison.Ordinal);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (read, suspended) = (0L, false);
        started = TimeProvider.System.GetTimestamp();
        progress.Clear();
        await foreach (var piece in sandbox.Files.ReadAsync("/home/user/large", new FileReadOptions { Progress = Watch }, Cancel))
        {
            hash.AppendData(piece.Span);
            read += piece.Length;
            if (suspended || read < length / 2) continue;
            suspended = true;
            await direct.SuspendAsync(Cancel);
        }

        output.WriteLine($"down, with a suspension: {megabytes / TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} MB/s");
        Assert.Equal((length, sent.Sha256()), (read, Convert.ToHexStringLower(hash.GetHashAndReset())));
        output.WriteLine($"memory: {memory >> 20} MB before, {most >> 20} MB at most; the server's {server >> 20} and {serverMost >> 20} MB; connections left to cut: {proxy.CutsLeft}");
        Assert.InRange(most - memory, long.MinValue, 24 << 20);
        Assert.InRange(serverMost - server, long.MinValue, 400 << 20);
    }

    /// <summary>Bytes that are made as they are read.</summary>
    private sealed class RandomStream(long length) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly Random _random = new(5);
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override int Read(byte[] buffer, int offset, int count)
        {
            var step = (int)Math.Min(count, length - _position);
            _random.NextBytes(buffer.AsSpan(offset, step));
            _hash.AppendData(buffer, offset, step);
            _position += step;
            return step;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
