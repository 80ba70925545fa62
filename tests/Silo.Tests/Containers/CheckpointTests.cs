using Sandbox.Silo.Containers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class CheckpointTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_checkpoint_that_leaves_the_container_running_is_whole_private_and_changes_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        Assert.Equal("1", await container.AskAsync("count", Cancellation));
        var directory = Path.Combine(server.Data, "image");

        var image = await container.CheckpointAsync(directory, leaveRunning: true, Cancellation);

        Assert.Equal(CheckpointImage.FileNames.Order(), Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        Assert.Equal(Directory.GetFiles(directory).Sum(file => new FileInfo(file).Length), image.Bytes);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        Assert.False(container.Exited.IsCompleted);
        Assert.Equal("2", await container.AskAsync("count", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_checkpoint_that_ends_the_container_leaves_nothing_but_the_image_and_is_no_death()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);

        await container.CheckpointAsync(Path.Combine(server.Data, "image"), leaveRunning: false, Cancellation);

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
        var exit = await container.Exited.WaitAsync(Cancellation);
        Assert.True(exit.Checkpointed);
        Assert.False(exit.OutOfMemory);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_ordinary_end_is_not_taken_for_a_checkpoint()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        await container.CheckpointAsync(Path.Combine(server.Data, "image"), leaveRunning: true, Cancellation);

        container.ToGuest.Close();

        var exit = await container.Exited.WaitAsync(Cancellation);
        Assert.Equal(0, exit.ExitCode);
        Assert.False(exit.Checkpointed);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_the_disk_full_the_container_goes_on_and_no_file_remains(bool leaveRunning)
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        Assert.Equal("done", await container.AskAsync("eat 20", Cancellation));
        using var disk = new SmallDisk();
        var directory = Path.Combine(disk.Path, "image");

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => container.CheckpointAsync(directory, leaveRunning, Cancellation));

        Assert.Equal(CheckpointFailure.NoSpace, error.Failure);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
        await container.CheckpointAsync(Path.Combine(server.Data, "image"), leaveRunning: true, Cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_frozen_container_is_refused_until_it_is_thawed()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        var directory = Path.Combine(server.Data, "image");
        container.Freeze();

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => container.CheckpointAsync(directory, leaveRunning: true, Cancellation));

        Assert.Equal(CheckpointFailure.Frozen, error.Failure);
        Assert.False(Directory.Exists(directory));
        container.Thaw();
        await container.CheckpointAsync(directory, leaveRunning: true, Cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task While_a_checkpoint_is_made_neither_a_freeze_nor_another_checkpoint_can_come_between()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        var making = container.CheckpointAsync(Path.Combine(server.Data, "first"), leaveRunning: true, Cancellation);

        Assert.Throws<InvalidOperationException>(container.Freeze);
        await Assert.ThrowsAsync<InvalidOperationException>(() => container.CheckpointAsync(Path.Combine(server.Data, "second"), leaveRunning: true, Cancellation));

        await making;
        container.Freeze();
        container.Thaw();
        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_container_that_has_ended_is_said_to_have_ended()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        await container.SayAsync("exit 3", Cancellation);
        await container.Exited.WaitAsync(Cancellation);
        var directory = Path.Combine(server.Data, "image");

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => container.CheckpointAsync(directory, leaveRunning: false, Cancellation));

        Assert.Equal(CheckpointFailure.Ended, error.Failure);
        Assert.False(Directory.Exists(directory));
        Assert.False((await container.Exited).Checkpointed);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_that_dies_during_the_checkpoint_leaves_no_file_and_is_said_to_have_ended()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        Assert.Equal("done", await container.AskAsync("fill /dev/large 150", Cancellation));
        var directory = Path.Combine(server.Data, "image");
        var making = container.CheckpointAsync(directory, leaveRunning: false, Cancellation);
        while (!File.Exists(Path.Combine(directory, "checkpoint.img"))) await Task.Delay(1, Cancellation);

        await container.KillAsync();

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => making);
        Assert.Equal(CheckpointFailure.Ended, error.Failure);
        Assert.False(Directory.Exists(directory));
        Assert.False((await container.Exited).Checkpointed);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_directory_with_something_in_it_is_refused_and_keeps_it()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => container.CheckpointAsync(server.Layer(), leaveRunning: true, Cancellation));

        Assert.Equal(CheckpointFailure.Directory, error.Failure);
        Assert.True(File.Exists(Path.Combine(server.Layer(), "greeting")));
    }

    [Fact(Timeout = 60_000)]
    public async Task When_runsc_fails_its_words_are_told_and_the_container_goes_on()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var failing = new RunscInstallation(
            server.Script("runsc", "case \"$*\" in *checkpoint*) echo no way >&2; exit 3;; esac; exec /usr/bin/env runsc \"$@\""), new RunscVersion(RunscVersion.Oldest, "x"));
        await using var container = server.Runtime.Start(new ContainerSpec { Layers = [server.Layer()], Runsc = failing });
        await container.HelloAsync(Cancellation);
        var directory = Path.Combine(server.Data, "image");

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => container.CheckpointAsync(directory, leaveRunning: false, Cancellation));

        Assert.Equal(CheckpointFailure.Runsc, error.Failure);
        Assert.Contains("no way", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory));
        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_checkpoint_past_its_deadline_is_given_up_and_the_container_goes_on()
    {
        await using var server = await TestServer.StartAsync(
            binaries, change: options => options with { ImageDeadline = TimeSpan.FromMilliseconds(1), ImageBytesPerSecond = long.MaxValue });
        await using var container = await StartedAsync(server);
        var directory = Path.Combine(server.Data, "image");

        var error = await Assert.ThrowsAsync<ContainerCheckpointException>(() => container.CheckpointAsync(directory, leaveRunning: false, Cancellation));

        Assert.Equal(CheckpointFailure.TimedOut, error.Failure);
        Assert.False(Directory.Exists(directory));
        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_checkpoint_that_is_given_up_leaves_no_file_and_the_container_goes_on()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = await StartedAsync(server);
        Assert.Equal("done", await container.AskAsync("fill /dev/large 100", Cancellation));
        var directory = Path.Combine(server.Data, "image");
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var making = container.CheckpointAsync(directory, leaveRunning: false, giveUp.Token);
        while (!File.Exists(Path.Combine(directory, "checkpoint.img"))) await Task.Delay(1, Cancellation);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => making);
        Assert.False(Directory.Exists(directory));
        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    private static async Task<Container> StartedAsync(TestServer server)
    {
        var container = server.Start(new CgroupLimits { MemoryBytes = 1 << 30 });
        await container.HelloAsync(Cancellation);
        return container;
    }
}
