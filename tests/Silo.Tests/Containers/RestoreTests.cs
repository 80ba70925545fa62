using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class RestoreTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restored_guest_goes_on_where_it_was_with_its_memory_its_files_and_new_streams(bool created)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);

        await using var container = await RestoredAsync(server, spec, image, created);

        Assert.Equal("2", await container.AskAsync("count", Cancellation));
        Assert.Equal("hello from the host", await container.AskAsync("cat /l/0/greeting", Cancellation));
        Assert.StartsWith("2097152 ", await container.AskAsync("sum /dev/file", Cancellation), StringComparison.Ordinal);
        await container.SayAsync("exit 7", Cancellation);
        Assert.Equal(7, (await container.Exited.WaitAsync(Cancellation)).ExitCode);
        Assert.Equal(0, await container.FromGuest.ReadAsync(new byte[1], Cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restored_container_can_be_checkpointed_again_and_one_image_restored_often(bool created)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);
        var second = Path.Combine(server.Data, "second");

        await using (var container = await RestoredAsync(server, spec, image, created))
        {
            Assert.Equal("2", await container.AskAsync("count", Cancellation));
            await container.CheckpointAsync(second, leaveRunning: false, Cancellation);
            Assert.True((await container.Exited.WaitAsync(Cancellation)).Checkpointed);
        }

        await using var one = await RestoredAsync(server, spec, second, created);
        await using var other = await RestoredAsync(server, spec, second, created);
        await using var older = await RestoredAsync(server, spec, image, created);
        Assert.Equal("3", await one.AskAsync("count", Cancellation));
        Assert.Equal("3", await other.AskAsync("count", Cancellation));
        Assert.Equal("2", await older.AskAsync("count", Cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restored_container_has_limits_of_its_own_and_says_when_memory_was_short(bool created)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);
        var small = spec with { Limits = new CgroupLimits { MemoryBytes = MemoryBudget.LimitBytes(32 << 20, 0) } };

        await using var container = await RestoredAsync(server, small, image, created);
        Assert.Equal("2", await container.AskAsync("count", Cancellation));
        Assert.InRange(container.ReadUsage().MemoryBytes ?? 0, 2 << 20, small.Limits.MemoryBytes!.Value);
        await container.SayAsync("eat 400", Cancellation);

        Assert.True((await container.Exited.WaitAsync(TimeSpan.FromSeconds(20), Cancellation)).OutOfMemory);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restored_guest_that_ignores_the_end_of_its_input_is_removed_with_all_that_is_its(bool created)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);

        var container = await RestoredAsync(server, spec, image, created);
        Assert.Equal("done", await container.AskAsync("deaf", Cancellation));
        await container.DisposeAsync();

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
        Assert.NotEqual(0, (await container.Exited).ExitCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_image_fits_on_either_platform(bool created)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);
        await using var other = await TestServer.StartAsync(binaries, change: options => options with { Platform = RunscPlatform.Systrap });

        await using var container = await RestoredAsync(other, spec, image, created);

        Assert.Equal("2", await container.AskAsync("count", Cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("checkpoint.img")]
    [InlineData("pages_meta.img")]
    [InlineData("pages.img")]
    public async Task An_image_that_is_not_whole_is_refused_before_runsc_sees_it(string missing)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);
        File.Delete(Path.Combine(image, missing));

        Assert.Equal(RestoreFailure.Image, Assert.Throws<ContainerRestoreException>(() => server.Runtime.Restore(spec, image)).Failure);
        await using var created = await server.Runtime.CreateAsync(spec, Cancellation);
        var error = await Assert.ThrowsAsync<ContainerRestoreException>(() => created.RestoreAsync(image, Cancellation));
        Assert.Equal(RestoreFailure.Image, error.Failure);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("checkpoint.img")]
    [InlineData("pages.img")]
    public async Task An_image_cut_short_is_refused_by_runsc_and_nothing_is_left(string cut)
    {
        await using var server = await TestServer.StartAsync(binaries);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        var image = await AsleepAsync(server, spec);
        await using (var file = File.OpenWrite(Path.Combine(image, cut)))
            file.SetLength(file.Length / 2);
        await using var created = await server.Runtime.CreateAsync(spec, Cancellation);

        var error = await Assert.ThrowsAsync<ContainerRestoreException>(() => created.RestoreAsync(image, Cancellation));

        Assert.True(error.Failure is RestoreFailure.Image, $"{error.Failure}: {error.Message}");
        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_the_layer_an_image_is_refused_as_one_of_another_filesystem()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var image = await AsleepAsync(server, new ContainerSpec { Layers = [server.Layer()] });
        await using var created = await server.Runtime.CreateAsync(new ContainerSpec(), Cancellation);

        var error = await Assert.ThrowsAsync<ContainerRestoreException>(() => created.RestoreAsync(image, Cancellation));

        Assert.True(error.Failure == RestoreFailure.Filesystem, $"{error.Failure}: {error.Message}");
        await using var attached = server.Runtime.Restore(new ContainerSpec(), image);
        var exit = await attached.Exited.WaitAsync(Cancellation);
        Assert.NotEqual(0, exit.ExitCode);
        Assert.Equal(RestoreFailure.Filesystem, RestoreComplaint.Read(exit.Stderr));
    }

    [Fact(Timeout = 90_000)]
    public async Task On_another_root_image_a_checkpoint_is_refused_and_on_the_same_one_made_elsewhere_it_goes_on()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var elsewhere = await TestServer.StartAsync(binaries);
        var layer = server.Layer();
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        using var theirs = new RootImages(elsewhere.Directories.Images, binaries.Guest);
        var image = await AsleepAsync(server, new ContainerSpec { Base = await images.GetAsync("layer", layer, Cancellation) });

        // Of equal size in every respect, which is what its superblock would say without an identity.
        var other = new ContainerSpec { Base = await theirs.GetAsync("other", layer, Cancellation) };
        await using (var created = await elsewhere.Runtime.CreateAsync(other, Cancellation))
        {
            var error = await Assert.ThrowsAsync<ContainerRestoreException>(() => created.RestoreAsync(image, Cancellation));
            Assert.True(error.Failure == RestoreFailure.Filesystem, $"{error.Failure}: {error.Message}");
        }

        var same = new ContainerSpec { Base = await theirs.GetAsync("layer", layer, Cancellation) };
        await using var container = await RestoredAsync(elsewhere, same, image, created: true);
        Assert.Equal("2", await container.AskAsync("count", Cancellation));
        Assert.Equal("hello from the host", await container.AskAsync("cat /l/base/greeting", Cancellation));
    }

    private static async Task<Container> RestoredAsync(TestServer server, ContainerSpec spec, string image, bool created)
    {
        if (!created)
            return server.Runtime.Restore(spec, image);
        await using var container = await server.Runtime.CreateAsync(spec, Cancellation);
        return await container.RestoreAsync(image, Cancellation);
    }

    /// <summary>The image of a guest that has counted to one and written a file.</summary>
    private static async Task<string> AsleepAsync(TestServer server, ContainerSpec spec)
    {
        var image = Path.Combine(server.Data, "image");
        await using var container = server.Runtime.Start(spec);
        await container.HelloAsync(Cancellation);
        Assert.Equal("done", await container.AskAsync("fill /dev/file 2", Cancellation));
        Assert.Equal("1", await container.AskAsync("count", Cancellation));
        await container.CheckpointAsync(image, leaveRunning: false, Cancellation);
        return image;
    }
}
