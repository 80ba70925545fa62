using System.ComponentModel;
using System.Runtime.InteropServices;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

public sealed partial class SpillingLogTests : IAsyncDisposable
{
    private const int Deadline = 60_000;
    private const int Memory = 64 * 1024;
    private const int Segment = 64 * 1024;
    private readonly LogFixture _fixture = new();

    private static CancellationToken Cancel => LogFixture.Cancel;

    private static OutputLogOptions AllToDisk
    {
        get
        {
            var options = LogFixture.Small;
            options.EndedMemoryBytes = 0;
            return options;
        }
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact(Timeout = Deadline)]
    public async Task Little_output_never_touches_the_disk()
    {
        var log = _fixture.Log();

        await log.AppendAsync(Pattern.Of(0, 10_000), Cancel);
        log.Complete();

        Assert.Equal(10_000, (await Reading.RunAsync(log, 0, follow: true)).Bytes);
        Assert.False(Directory.Exists(_fixture.Files));
    }

    [Fact(Timeout = Deadline)]
    public async Task Files_are_for_root_alone_and_never_hold_more_than_the_bound()
    {
        var log = _fixture.Log();
        for (var offset = 0; offset < 3_000_000; offset += 10_000)
        {
            await log.AppendAsync(Pattern.Of(offset, 10_000), Cancel);
            if (offset % 50_000 > 0) continue;
            using var still = await _fixture.HoldDiskAsync();
            Assert.InRange(_fixture.FilesNow.Sum(Size), 0, 4 * Segment);
            Assert.All(_fixture.FilesNow, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_fixture.Files));
        Assert.InRange(log.Offset - log.Extent.Start, 3 * Segment, Memory + (4 * Segment));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_ended_log_that_held_more_than_a_little_is_wholly_on_disk_and_reads_the_same()
    {
        var log = _fixture.Log(options: AllToDisk);
        await log.AppendAsync(Pattern.Of(0, 150_000), Cancel);

        log.Complete();

        await LogFixture.UntilAsync(() => _fixture.FilesNow.Sum(Size) == 150_000);
        var reading = await Reading.RunAsync(log, 0, follow: true);
        Assert.Equal((150_000L, 0L), (reading.Bytes, reading.Lost));
        Assert.True(Assert.IsType<OutputEnd>(reading.Last).Ended);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_append_that_memory_has_room_for_never_waits_for_a_disk_that_stands_still()
    {
        var log = _fixture.Log();
        using var held = await _fixture.HoldDiskAsync();
        await log.AppendAsync(Pattern.Of(0, Memory - 100), Cancel);

        for (var i = 0; i < 100; i++)
        {
            var append = log.AppendAsync(Pattern.Of(Memory - 100 + i, 1), Cancel);
            Assert.True(append.IsCompletedSuccessfully);
            await append;
        }

        var waits = log.AppendAsync(Pattern.Of(Memory, 1), Cancel);
        Assert.False(waits.IsCompleted);
        held.Dispose();
        await waits;
        Assert.Equal(Memory + 1, (await Reading.RunAsync(log, 0, follow: false)).Bytes);
    }

    [Fact(Timeout = Deadline)]
    public async Task Where_the_directory_is_a_file_the_log_goes_on_in_memory_and_says_so_once()
    {
        await File.WriteAllTextAsync(_fixture.Files, "in the way", Cancel);
        var log = _fixture.Log();
        for (var offset = 0; offset < 1_000_000; offset += 10_000)
        {
            await log.AppendAsync(Pattern.Of(offset, 10_000), Cancel);
            _fixture.Time.Advance(TimeSpan.FromMilliseconds(300));
        }

        var reading = await Reading.RunAsync(log, 0, follow: false);

        Assert.Equal(1_000_000 - Memory, reading.Lost);
        Assert.Equal(Memory, reading.Bytes);
        Assert.Equal(1, _fixture.Logger.Warnings);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_disk_is_used_again_once_it_works_again()
    {
        await File.WriteAllTextAsync(_fixture.Files, "in the way", Cancel);
        var log = _fixture.Log();
        await log.AppendAsync(Pattern.Of(0, 200_000), Cancel);
        File.Delete(_fixture.Files);
        _fixture.Time.Advance(TimeSpan.FromSeconds(2));

        await log.AppendAsync(Pattern.Of(200_000, 200_000), Cancel);

        await LogFixture.UntilAsync(() => _fixture.FilesNow.Length > 0);
        var reading = await Reading.RunAsync(log, 0, follow: false);
        Assert.Equal(400_000, reading.Lost + reading.Bytes);
        Assert.InRange(reading.Bytes, Memory + 1, 400_000);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_log_that_blocks_on_a_broken_disk_loses_nothing_and_goes_on_by_acknowledgement_or_when_the_disk_does()
    {
        await File.WriteAllTextAsync(_fixture.Files, "in the way", Cancel);
        var log = _fixture.Log(FullLogPolicy.Block);
        var append = log.AppendAsync(Pattern.Of(0, Memory + 1000), Cancel);
        await LogFixture.UntilAsync(() => _fixture.Logger.Warnings == 1);
        Assert.False(append.IsCompleted);
        log.Acknowledge(1000);
        await append;
        Assert.Equal(1000, log.Extent.Start);

        append = log.AppendAsync(Pattern.Of(Memory + 1000, 1000), Cancel);
        Assert.False(append.IsCompleted);
        File.Delete(_fixture.Files);
        await LogFixture.UntilAsync(() =>
        {
            _fixture.Time.Advance(TimeSpan.FromSeconds(2));
            return append.IsCompleted;
        });
        await append;
        Assert.Equal(Memory + 1000, (await Reading.RunAsync(log, 1000, follow: false)).Bytes);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_full_disk_makes_the_log_shorter_and_no_more_than_that()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small tmpfs takes root.");
        Directory.CreateDirectory(_fixture.Files);
        Mount("size=144k");
        try
        {
            var log = _fixture.Log();
            for (var offset = 0; offset < 2_000_000; offset += 10_000)
            {
                await log.AppendAsync(Pattern.Of(offset, 10_000), Cancel);
                _fixture.Time.Advance(TimeSpan.FromMilliseconds(300));
            }

            var reading = await Reading.RunAsync(log, 0, follow: false);
            Assert.Equal(2_000_000, reading.Lost + reading.Bytes);
            Assert.InRange(reading.Bytes, Memory, Memory + (144 * 1024));
            Assert.Equal(1, _fixture.Logger.Warnings);
            await log.DisposeAsync();
            Assert.Empty(_fixture.FilesNow);
        }
        finally
        {
            Unmount();
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_disk_that_turns_read_only_costs_what_cannot_be_kept_and_nothing_else()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a tmpfs takes root.");
        Directory.CreateDirectory(_fixture.Files);
        Mount("size=16m");
        try
        {
            var log = _fixture.Log();
            // A file that is open for writing would keep the mount from turning: fill files to their ends.
            await log.AppendAsync(Pattern.Of(0, Segment + (Memory / 4)), Cancel);
            await LogFixture.UntilAsync(() => _fixture.FilesNow.Sum(Size) >= Segment);
            await LogFixture.UntilAsync(() => Remount("ro"));
            Assert.Equal(Segment + (Memory / 4), (await Reading.RunAsync(log, 0, follow: false)).Bytes);

            await log.AppendAsync(Pattern.Of(Segment + (Memory / 4), 1_000_000), Cancel);

            var reading = await Reading.RunAsync(log, 0, follow: false);
            Assert.Equal(log.Offset, reading.Lost + reading.Bytes);
            Assert.Equal(Memory, reading.Bytes);
            Assert.True(Remount("rw"));
        }
        finally
        {
            Unmount();
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_file_that_somebody_took_away_or_cut_is_a_gap_and_what_follows_is_read()
    {
        var log = _fixture.Log(options: AllToDisk);
        await log.AppendAsync(Pattern.Of(0, 250_000), Cancel);
        log.Complete();
        await LogFixture.UntilAsync(() => _fixture.FilesNow.Sum(Size) == 250_000);
        var files = _fixture.FilesNow.Order(StringComparer.Ordinal).ToArray();
        File.Delete(files[0]);
        await using (var cut = File.OpenWrite(files[2])) cut.SetLength(10);

        var reading = await Reading.RunAsync(log, 0, follow: true);

        Assert.Equal((2L * Segment, 250_000L - (2 * Segment)), (reading.Lost, reading.Bytes));
        Assert.Equal(1, _fixture.Logger.Warnings);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_file_that_is_already_there_is_never_written_over_nor_followed()
    {
        Directory.CreateDirectory(_fixture.Files);
        var target = Path.Combine(_fixture.Root, "target");
        await File.WriteAllTextAsync(target, "precious", Cancel);
        File.CreateSymbolicLink(Path.Combine(_fixture.Files, $"stdout-{0:d19}.log"), target);
        var log = _fixture.Log();

        await log.AppendAsync(Pattern.Of(0, 200_000), Cancel);

        Assert.Equal("precious", await File.ReadAllTextAsync(target, Cancel));
        var reading = await Reading.RunAsync(log, 0, follow: false);
        Assert.Equal(200_000, reading.Lost + reading.Bytes);
    }

    [Fact(Timeout = Deadline)]
    public async Task Logs_that_share_a_budget_keep_within_it_and_give_back_what_they_took()
    {
        var host = new SpillBudget(3 * Segment);
        var sandbox = new SpillBudget(long.MaxValue, host);
        var one = _fixture.Log(budget: sandbox, name: "one");
        var two = _fixture.Log(budget: sandbox, name: "two");
        for (var offset = 0; offset < 1_000_000; offset += 20_000)
        {
            await one.AppendAsync(Pattern.Of(offset, 20_000), Cancel);
            await two.AppendAsync(Pattern.Of(offset, 20_000), Cancel);
            _fixture.Time.Advance(TimeSpan.FromMilliseconds(300));
            Assert.InRange(host.Taken, 0, 3 * Segment);
        }

        foreach (var log in new[] { one, two })
        {
            var reading = await Reading.RunAsync(log, 0, follow: false);
            Assert.Equal(1_000_000, reading.Lost + reading.Bytes);
            await log.DisposeAsync();
        }

        Assert.Equal((0L, 0L), (host.Taken, sandbox.Taken));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_disposed_log_leaves_no_file_and_its_readers_are_told_that_it_is_gone()
    {
        var log = _fixture.Log();
        await log.AppendAsync(Pattern.Of(0, 300_000), Cancel);
        var follower = Task.Run(() => Reading.RunAsync(log, 0, follow: true));
        await using var still = log.ReadAsync(new OutputCursor(null, 0), follow: true, Cancel).GetAsyncEnumerator(Cancel);
        await still.MoveNextAsync();

        await log.DisposeAsync();

        Assert.Empty(_fixture.FilesNow);
        Assert.Equal(SandboxErrorCode.Gone, Assert.IsType<OutputFailure>((await follower).Last).Error.Code);
        Assert.True(await still.MoveNextAsync());
        Assert.Equal(SandboxErrorCode.Gone, Assert.IsType<OutputFailure>(still.Current).Error.Code);
        Assert.False(await still.MoveNextAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => log.AppendAsync(new byte[1], Cancel).AsTask());
        await log.DisposeAsync();
    }

    [Theory(Timeout = Deadline)]
    [InlineData(31, FullLogPolicy.DropOldest)]
    [InlineData(32, FullLogPolicy.Block)]
    public async Task Disposing_in_the_midst_of_everything_ends_everything_and_leaves_no_file(int seed, FullLogPolicy policy)
    {
        var random = new Random(seed);
        for (var round = 0; round < 40; round++)
        {
            var log = _fixture.Log(policy, name: $"round-{round}");
            var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => Reading.RunAsync(log, 0, follow: true, reading =>
            {
                log.Acknowledge(reading.Position);
                return ValueTask.CompletedTask;
            }))).ToArray();
            var stop = random.Next(1_500_000);
            var appender = Task.Run(async () =>
            {
                for (var offset = 0; ; offset += 7_000) await log.AppendAsync(Pattern.Of(offset, 7_000), Cancel);
            }, Cancel);
            await LogFixture.UntilAsync(() => log.Offset >= stop);

            await log.DisposeAsync();

            await Assert.ThrowsAsync<ObjectDisposedException>(() => appender);
            foreach (var reading in await Task.WhenAll(readers)) Assert.IsType<OutputFailure>(reading.Last);
            Assert.Empty(_fixture.FilesNow);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task The_logs_of_a_process_are_described_by_channel_and_take_their_directory_along()
    {
        var disk = new OutputDisk(AllToDisk, _fixture.Writer, SpillBudget.Unlimited, _fixture.Time, _fixture.Logger);
        var logs = new OutputLogs([ProcessChannel.Stdout, ProcessChannel.Stderr], _fixture.Files, FullLogPolicy.DropOldest, timeline: 3, disk);
        await logs[ProcessChannel.Stdout]!.AppendAsync(Pattern.Of(0, 100_000), Cancel);
        await logs[ProcessChannel.Stderr]!.AppendAsync(new byte[10], Cancel);
        logs.Complete();
        await LogFixture.UntilAsync(() => _fixture.FilesNow.Sum(Size) == 100_010);

        Assert.Null(logs[ProcessChannel.Terminal]);
        Assert.Equal(
            [(ProcessChannel.Stdout, 0L, 100_000L, true), (ProcessChannel.Stderr, 0L, 10L, true)],
            logs.Describe().Select(channel => (channel.Channel, channel.Start, channel.Offset, channel.Ended)));
        await logs.DisposeAsync();
        Assert.False(Directory.Exists(_fixture.Files));
    }

    private static long Size(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            // It fell out since it was listed.
            return 0;
        }
    }

    private void Mount(string options) => Check(MountCall("tmpfs", _fixture.Files, "tmpfs", 0, options));

    private bool Remount(string mode) =>
        MountCall("tmpfs", _fixture.Files, "tmpfs", 32UL | (string.Equals(mode, "ro", StringComparison.Ordinal) ? 1UL : 0), "size=16m") == 0;

    // Lazily: the mount goes from the tree at once, whatever a failed test still has open on it.
    private void Unmount() => Check(UnmountCall(_fixture.Files, 2));

    private static void Check(int result)
    {
        if (result != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountCall(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountCall(string target, int flags);
}
