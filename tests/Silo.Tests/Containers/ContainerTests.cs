using System.Diagnostics;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class ContainerTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_container_says_hello_and_answers_over_its_link()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();

        Assert.Equal("test", await container.HelloAsync(Cancellation));
        Assert.Equal("abc", await container.AskAsync("echo abc", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Layers_are_seen_in_their_order_and_cannot_be_written()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var layers = new[] { "upper", "lower" }.Select(name => Directory.CreateDirectory(Path.Combine(server.Data, name)).FullName).ToArray();
        foreach (var layer in layers)
            await File.WriteAllTextAsync(Path.Combine(layer, "name"), Path.GetFileName(layer) + "\n", Cancellation);

        await using var container = server.Runtime.Start(new ContainerSpec { Layers = [.. layers] });
        await container.HelloAsync(Cancellation);

        Assert.Equal("upper", await container.AskAsync("cat /l/0/name", Cancellation));
        Assert.Equal("lower", await container.AskAsync("cat /l/1/name", Cancellation));
        Assert.Equal("error 30", await container.AskAsync("write /l/0/new", Cancellation));
        Assert.Equal("error 30", await container.AskAsync("write /new", Cancellation));
        Assert.Equal("error 30", await container.AskAsync("write /agent", Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_agent_has_the_listed_capabilities_and_no_others()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);

        // Bits of CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, SETPCAP 8, SYS_CHROOT 18, SYS_ADMIN 21,
        // SYS_RESOURCE 24, MKNOD 27.
        Assert.Equal("CapEff:\t00000000092401fb", await container.AskAsync("caps", Cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task Twenty_containers_come_and_go_and_leave_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries);
        for (var i = 0; i < 20; i++)
        {
            await using var container = server.Start();
            await container.HelloAsync(Cancellation);
            Assert.False(server.Residue.Inspect().IsEmpty);
        }

        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 120_000)]
    public async Task Containers_started_at_the_same_time_hold_no_streams_of_each_other()
    {
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { TeardownGrace = TimeSpan.FromSeconds(30) });
        var containers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => server.Start(), Cancellation)));
        try
        {
            // Each ends by the end of its own input while the others live: nobody else has that open.
            foreach (var container in containers)
            {
                await container.HelloAsync(Cancellation);
                container.ToGuest.Close();
                Assert.Equal(0, (await container.Exited.WaitAsync(TimeSpan.FromSeconds(15), Cancellation)).ExitCode);
            }
        }
        finally
        {
            await Task.WhenAll(containers.Select(container => container.DisposeAsync().AsTask()));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_container_that_ends_by_itself_says_its_exit_code()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);
        await container.SayAsync("exit 7", Cancellation);

        var exit = await container.Exited.WaitAsync(Cancellation);

        Assert.Equal(7, exit.ExitCode);
        Assert.False(exit.OutOfMemory);
        Assert.Equal(0, await container.FromGuest.ReadAsync(new byte[1], Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_that_ignores_the_end_of_its_input_is_gone_within_a_second()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var container = server.Start();
        await container.HelloAsync(Cancellation);
        Assert.Equal("done", await container.AskAsync("deaf", Cancellation));

        var clock = Stopwatch.StartNew();
        await container.DisposeAsync();

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.True(server.Residue.Inspect().IsEmpty, server.Residue.Inspect().ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_killed_container_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var container = server.Start();
        await container.HelloAsync(Cancellation);

        var exit = await container.KillAsync();
        await container.DisposeAsync();

        Assert.NotEqual(0, exit.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_container_disposed_of_before_it_said_hello_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries);
        for (var i = 0; i < 3; i++)
            await server.Start().DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("runsc")]
    [InlineData("runsc-sandbox")]
    [InlineData("runsc-gofer")]
    public async Task A_container_whose_process_is_killed_from_outside_ends_and_leaves_nothing(string program)
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);

        var victim = server.Residue.Inspect().Processes.First(process => FirstWord(process).EndsWith(program, StringComparison.Ordinal));
        PosixSignals.Send(victim.Id, PosixSignals.Kill);

        if (program != "runsc-gofer")
            await container.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_cgroups_a_container_runs_and_is_removed_too_and_the_limits_are_named()
    {
        await using var server = await TestServer.StartAsync(binaries, new NoCgroupTree("none here"));
        Assert.Contains(server.Runtime.Cgroups.Unenforced, limit => limit.Limit == HostLimit.Memory && limit.Reason == "none here");

        var container = server.Start(new CgroupLimits { MemoryBytes = 1 << 20 });
        await container.HelloAsync(Cancellation);
        await container.AskAsync("deaf", Cancellation);
        Assert.Null(container.ReadUsage().Cpu);
        await container.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_goes_to_stderr_is_kept_bounded_and_never_blocks_the_guest()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);
        Assert.Equal("done", await container.AskAsync("stderr 300000", Cancellation));
        container.ToGuest.Close();

        var exit = await container.Exited.WaitAsync(Cancellation);

        Assert.InRange(exit.Stderr.Length, 1000, TailText.DefaultCapacity);
    }

    [Fact(Timeout = 60_000)]
    public async Task Waiting_for_many_guests_holds_no_threads()
    {
        await using var server = await TestServer.StartAsync(binaries);
        var containers = new List<Container>();
        try
        {
            for (var i = 0; i < 6; i++)
            {
                containers.Add(server.Start());
                await containers[^1].HelloAsync(Cancellation);
            }

            var threads = ThreadPool.ThreadCount;
            var reads = containers.Select(container => container.FromGuest.ReadAsync(new byte[1], Cancellation).AsTask()).ToArray();
            await containers[0].SayAsync("echo x", Cancellation);
            await reads[0];

            Assert.InRange(ThreadPool.ThreadCount, 0, threads + 3);
            Assert.All(reads[1..], read => Assert.False(read.IsCompleted));
        }
        finally
        {
            foreach (var container in containers)
                await container.DisposeAsync();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_bundle_that_cannot_be_written_is_an_error_that_says_so_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries);
        Directory.Delete(server.Directories.Bundles);
        await File.WriteAllTextAsync(server.Directories.Bundles, "in the way", Cancellation);
        try
        {
            var error = Assert.Throws<ContainerStartException>(() => server.Start());
            Assert.Contains(server.Directories.Bundles, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(server.Directories.Bundles);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_missing_launch_step_is_an_error_that_says_what_to_do_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { LauncherFile = "/nonexistent/launch" });

        var error = Assert.Throws<ContainerStartException>(() => server.Start());

        Assert.Contains("./sandbox setup", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_layer_that_is_not_there_is_an_error_that_names_it()
    {
        await using var server = await TestServer.StartAsync(binaries);

        var error = Assert.Throws<ContainerStartException>(() => server.Runtime.Start(new ContainerSpec { Layers = ["/nonexistent/layer"] }));

        Assert.Contains("/nonexistent/layer", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_container_that_runsc_refuses_ends_with_runscs_reason()
    {
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { AgentFile = "/etc/hostname" });
        await using var container = server.Start();

        var exit = await container.Exited.WaitAsync(Cancellation);

        Assert.NotEqual(0, exit.ExitCode);
        Assert.Contains("/agent", exit.Stderr, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_servers_do_not_see_each_other()
    {
        await using var first = await TestServer.StartAsync(binaries);
        await using var second = await TestServer.StartAsync(binaries);
        await using var container = first.Start();
        await container.HelloAsync(Cancellation);

        Assert.True(second.Residue.Inspect().IsEmpty);
        await second.Residue.RemoveAsync(Cancellation);

        Assert.Equal("alive", await container.AskAsync("echo alive", Cancellation));
    }

    private static string FirstWord(FoundProcess process) => process.CommandLine.Split(' ')[0];
}
