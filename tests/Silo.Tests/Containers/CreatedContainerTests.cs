using Sandbox.Silo.Containers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class CreatedContainerTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_nobody_needs_is_removed_with_all_that_is_its(bool cgroups)
    {
        await using var server = await TestServer.StartAsync(binaries, cgroups ? null : new NoCgroupTree("none here"));
        for (var i = 0; i < 3; i++)
        {
            await using var created = await server.Runtime.CreateAsync(new ContainerSpec { Layers = [server.Layer()] }, Cancellation);
            Assert.Contains(server.Residue.Inspect().Processes, process => process.CommandLine.StartsWith("runsc-sandbox", StringComparison.Ordinal));
        }

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_cgroups_a_restored_guest_runs_and_is_removed_too()
    {
        await using var server = await TestServer.StartAsync(binaries, new NoCgroupTree("none here"));
        var image = await AsleepAsync(server);
        await using var created = await server.Runtime.CreateAsync(new ContainerSpec { Layers = [server.Layer()] }, Cancellation);
        var container = await created.RestoreAsync(image, Cancellation);
        Assert.Equal("done", await container.AskAsync("deaf", Cancellation));

        await container.DisposeAsync();

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task It_is_restored_into_once()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var image = await AsleepAsync(server);
        await using var created = await server.Runtime.CreateAsync(new ContainerSpec { Layers = [server.Layer()] }, Cancellation);
        await using var container = await created.RestoreAsync(image, Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => created.RestoreAsync(image, Cancellation));

        await created.DisposeAsync();
        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("runsc-sandbox", true)]
    [InlineData("launch", true)]
    [InlineData("launch", false)]
    public async Task One_whose_process_is_killed_from_outside_says_so_and_leaves_nothing(string program, bool cgroups)
    {
        await using var server = await TestServer.StartAsync(binaries, cgroups ? null : new NoCgroupTree("none here"));
        var image = await AsleepAsync(server);
        await using var created = await server.Runtime.CreateAsync(new ContainerSpec { Layers = [server.Layer()] }, Cancellation);

        Kill(server, program);
        var exit = await created.Ended.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        Assert.Equal(137, exit.ExitCode);
        if (program == "runsc-sandbox")
            await Assert.ThrowsAsync<ContainerRestoreException>(() => created.RestoreAsync(image, Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task When_its_server_dies_one_that_waits_and_a_deaf_guest_are_ended_by_their_keeper()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var image = await AsleepAsync(server);
        var spec = new ContainerSpec { Layers = [server.Layer()] };
        await using var created = await server.Runtime.CreateAsync(spec, Cancellation);
        await using var deaf = await created.RestoreAsync(image, Cancellation);
        Assert.Equal("done", await deaf.AskAsync("deaf", Cancellation));

        // All that a keeper sees of the server's death.
        deaf.ToGuest.Close();

        Assert.Equal(137, (await deaf.Exited.WaitAsync(TimeSpan.FromSeconds(20), Cancellation)).ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_dead_predecessor_created_and_restored_is_found_and_removed()
    {
        await using var predecessor = await TestServer.StartAsync(binaries);
        await predecessor.Residue.RemoveAsync(Cancellation);
        var image = await AsleepAsync(predecessor);
        var spec = new ContainerSpec { Layers = [predecessor.Layer()] };
        var waiting = await predecessor.Runtime.CreateAsync(spec, Cancellation);
        var created = await predecessor.Runtime.CreateAsync(spec, Cancellation);
        var restored = await created.RestoreAsync(image, Cancellation);
        var attached = predecessor.Runtime.Restore(spec, image);
        Assert.Equal("2", await attached.AskAsync("count", Cancellation));

        await using (var successor = await TestServer.StartAsync(binaries, data: predecessor.Data))
        {
            var found = await successor.Residue.RemoveAsync(Cancellation);

            Assert.Equal(3, found.Bundles.Length);
            Assert.Equal(3, found.Processes.Count(process => process.CommandLine.StartsWith("runsc-sandbox", StringComparison.Ordinal)));
            Assert.True(successor.Residue.Inspect().IsEmpty, successor.Residue.Inspect().ToString());
            await Task.WhenAll(waiting.Ended, restored.Exited, attached.Exited).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
            await waiting.DisposeAsync();
            await restored.DisposeAsync();
            await attached.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_runsc_refuses_to_create_is_an_error_with_runscs_reason_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var failing = new RunscInstallation(server.Script("runsc", "echo no way >&2; exit 3"), new RunscVersion(RunscVersion.Oldest, "x"));

        var error = await Assert.ThrowsAsync<ContainerStartException>(() => server.Runtime.CreateAsync(new ContainerSpec { Runsc = failing }, Cancellation));

        Assert.Contains("no way", error.Message, StringComparison.Ordinal);
        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_takes_too_long_is_given_up_with_what_it_had_become(bool cgroups)
    {
        await using var server = await TestServer.StartAsync(
            binaries, cgroups ? null : new NoCgroupTree("none here"), options => options with { CreateDeadline = TimeSpan.FromMilliseconds(60) });
        var slow = new RunscInstallation(server.Script("runsc", "runsc \"$@\"; exec sleep 60"), new RunscVersion(RunscVersion.Oldest, "x"));

        await Assert.ThrowsAsync<ContainerStartException>(
            () => server.Runtime.CreateAsync(new ContainerSpec { Layers = [server.Layer()], Runsc = slow }, Cancellation));

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_restored_guest_says_to_stderr_is_kept()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var image = await AsleepAsync(server);
        await using var created = await server.Runtime.CreateAsync(new ContainerSpec { Layers = [server.Layer()] }, Cancellation);
        await using var container = await created.RestoreAsync(image, Cancellation);
        Assert.Equal("done", await container.AskAsync("stderr 500", Cancellation));

        container.ToGuest.Close();

        var exit = await container.Exited.WaitAsync(Cancellation);
        Assert.Equal(0, exit.ExitCode);
        Assert.Contains("abcdefghijklmnopqrstuvwxyz", exit.Stderr, StringComparison.Ordinal);
    }

    private static void Kill(TestServer server, string program)
    {
        FoundProcess victim = server.Residue.Inspect().Processes.First(process => process.CommandLine.Split(' ')[0].EndsWith(program, StringComparison.Ordinal));
        PosixSignals.Send(victim.Id, PosixSignals.Kill);
    }

    private static async Task<string> AsleepAsync(TestServer server)
    {
        var image = Path.Combine(server.Data, "image");
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);
        Assert.Equal("1", await container.AskAsync("count", Cancellation));
        await container.CheckpointAsync(image, leaveRunning: false, Cancellation);
        return image;
    }
}
