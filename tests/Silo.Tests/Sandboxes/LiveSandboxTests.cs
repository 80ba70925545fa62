using Sandbox.Grains.Execution;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Output;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveSandboxTests(TestBinaries binaries, LiveTemplate template)
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_paused_sandbox_stands_still_and_goes_on_where_it_was()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("count", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done") with { Stdin = true });
        await process.UntilAsync("3\n");

        await sandbox.PauseAsync(Test);
        await sandbox.PauseAsync(Test);
        long before;
        do
        {
            before = process.Describe().Channels[0].Offset;
            await Task.Delay(200, Test);
        }
        while (process.Describe().Channels[0].Offset != before);

        AssertPaused((await sandbox.StartAsync(Shell("new", "true"), Test)).Error);
        AssertPaused((await process.TypeAsync(0, "x")).Error);
        AssertPaused(await process.SignalAsync(9, group: true, Test));
        Assert.True((await sandbox.StartAsync(Shell("count", ""), Test)).Value?.Known);
        Assert.StartsWith("1\n2\n3\n", await process.TextAsync(follow: false), StringComparison.Ordinal);
        await sandbox.ResumeAsync(Test);
        await UntilAsync(() => process.Describe().Channels[0].Offset > before);
        Assert.Equal("new\n", await (await sandbox.StartAsync(Shell("new", "echo new"))).TextAsync());

        await sandbox.PauseAsync(Test);
        await sandbox.DisposeAsync();
        Assert.False(host.HasContainers);
    }

    [LiveFact]
    public async Task A_sandbox_killed_underneath_ends_with_a_reason_and_its_output_stays()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("p", "echo said; cat") with { Stdin = true });
        await process.UntilAsync("said");

        await host.KillContainersAsync();

        var reason = await sandbox.Ended.WaitAsync(Test);
        Assert.Contains("container has ended", reason, StringComparison.Ordinal);
        var end = await process.Ended.WaitAsync(Test);
        Assert.Equal((ProcessEndReason.SandboxEnded, reason), (end.Reason, end.Message));
        Assert.Equal("said\n", await process.TextAsync());
        Assert.Equal(SandboxErrorCode.Gone, (await sandbox.StartAsync(Shell("q", "true"), Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Gone, (await process.TypeAsync(0, "x")).Error?.Code);
        Assert.Same(sandbox, host.Sandboxes.Find("owner/one"));

        var next = await host.CreateAsync();
        Assert.NotSame(sandbox, next);
        var failure = Assert.IsType<OutputFailure>(await FirstAsync(process));
        Assert.Equal(SandboxErrorCode.Gone, failure.Error.Code);
    }

    [LiveFact]
    public async Task A_sandbox_that_hangs_is_ended_with_a_reason_and_one_that_is_paused_is_not()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, options: new() { HungAfter = TimeSpan.FromSeconds(3) });
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("p", "echo said; cat") with { Stdin = true });
        await process.UntilAsync("said");
        await sandbox.PauseAsync(Test);
        await Task.Delay(TimeSpan.FromSeconds(5), Test);
        Assert.False(sandbox.Ended.IsCompleted);
        await sandbox.ResumeAsync(Test);
        Assert.Equal("lives\n", await (await sandbox.StartAsync(Shell("q", "sleep 4; echo lives"))).TextAsync());

        await host.HangContainersAsync();

        var reason = await sandbox.Ended.WaitAsync(Test);
        Assert.Contains("does not answer", reason, StringComparison.Ordinal);
        var end = await process.Ended.WaitAsync(Test);
        Assert.Equal((ProcessEndReason.SandboxEnded, reason), (end.Reason, end.Message));
        Assert.Equal("said\n", await process.TextAsync());
        await UntilAsync(() => !host.HasContainers);
        await host.CreateAsync();
    }

    [LiveFact]
    public async Task A_program_that_takes_all_memory_ends_and_its_sandbox_lives()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync(spec: LiveHost.Spec with { MemoryBytes = 128 << 20 });
        var process = await sandbox.StartAsync(Code("bomb", Language.Python, "data = []\nwhile True: data.append(bytearray(1 << 20))"));

        Assert.Equal(ProcessEndReason.OutOfMemory, (await process.Ended.WaitAsync(Test)).Reason);
        Assert.Equal("fine\n", await (await sandbox.StartAsync(Shell("next", "echo fine"))).TextAsync());
    }

    [LiveFact]
    public async Task A_key_is_one_sandbox_also_when_two_start_it_at_once()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var starts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => host.Sandboxes.StartAsync("owner/one", LiveHost.Spec, elsewhere: null, Test)));

        var sandbox = Assert.Single(starts, start => start.Succeeded).Value!;
        Assert.All(starts.Where(start => !start.Succeeded), start => Assert.Equal(SandboxErrorCode.Conflict, start.Error?.Code));
        Assert.Same(sandbox, host.Sandboxes.Find("owner/one"));
        await sandbox.DisposeAsync();
        Assert.Null(host.Sandboxes.Find("owner/one"));
        Assert.False(host.HasContainers);
        Assert.Equal("The sandbox was removed.", await sandbox.Ended);
    }

    [LiveFact]
    public async Task A_sandbox_of_the_usual_size_comes_from_the_pool_and_counts_with_the_others()
    {
        var limits = new PoolOptions { Size = 1, Created = 0, MaxSandboxes = 1, Wait = TimeSpan.FromMilliseconds(300) };
        await using var host = await LiveHost.StartAsync(binaries, template, limits);
        await host.Pool.FillAsync().WaitAsync(Test);
        var warm = await host.CreateAsync();
        Assert.Equal(0, host.Pool.Ready);
        Assert.Equal("out\n", await (await warm.StartAsync(Shell("mould", "echo out"))).TextAsync());

        Assert.Equal(SandboxErrorCode.Overloaded, (await host.Sandboxes.StartAsync("owner/two", LiveHost.Spec, elsewhere: null, Test)).Error?.Code);
        var other = LiveHost.Spec with { DiskBytes = 32 << 20 };
        Assert.Equal(SandboxErrorCode.Overloaded, (await host.Sandboxes.StartAsync("owner/two", other, elsewhere: null, Test)).Error?.Code);
        Assert.Null(host.Sandboxes.Find("owner/two"));

        await warm.DisposeAsync();
        await UntilAsync(() => host.Pool.Ready == 1);
        var cold = await host.CreateAsync("owner/two", other);
        Assert.Equal(0, host.Pool.Ready);
        Assert.Equal(32 << 20, (await cold.ReadStatsAsync(Test)).DiskLimitBytes);
    }

    [LiveFact]
    public async Task What_it_may_not_have_is_refused()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, options: new LiveSandboxOptions { MaxMemoryBytes = 500 << 20, MaxProcesses = 200 });
        foreach (var (spec, code) in new[]
                 {
                     (LiveHost.Spec with { MemoryBytes = 501 << 20 }, SandboxErrorCode.Limit),
                     (LiveHost.Spec with { DiskBytes = 1L << 50 }, SandboxErrorCode.Limit),
                     (LiveHost.Spec with { Processes = 201 }, SandboxErrorCode.Limit),
                     (LiveHost.Spec with { Template = "other" }, SandboxErrorCode.NotFound),
                 })
        {
            Assert.Equal(code, (await host.Sandboxes.StartAsync("owner/one", spec, elsewhere: null, Test)).Error?.Code);
        }
    }

    [LiveFact]
    public async Task A_creation_that_is_given_up_leaves_nothing()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        using var giveUp = new CancellationTokenSource();
        var start = host.Sandboxes.StartAsync("owner/one", LiveHost.Spec with { DiskBytes = 32 << 20 }, elsewhere: null, giveUp.Token);
        await UntilAsync(() => host.HasContainers);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);

        Assert.False(host.HasContainers);
        Assert.Null(host.Sandboxes.Find("owner/one"));
    }

    [LiveFact]
    public async Task Disposing_removes_processes_and_the_output_on_the_disk()
    {
        var logs = new OutputLogOptions { MemoryBytes = 65_536, SegmentBytes = 65_536 };
        await using var host = await LiveHost.StartAsync(binaries, template, logs: logs);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("much", "seq 1 1000000; sleep 1000"));
        await UntilAsync(() => host.OutputFiles.Length > 10);

        await sandbox.DisposeAsync();

        Assert.Empty(host.OutputFiles);
        Assert.Equal(ProcessEndReason.SandboxEnded, (await process.Ended.WaitAsync(Test)).Reason);
        await sandbox.DisposeAsync();
    }

    [LiveFact]
    public async Task A_host_that_stops_ends_what_lives_and_starts_no_more()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandboxes = await Task.WhenAll(host.CreateAsync("owner/one"), host.CreateAsync("owner/two"));
        var process = await sandboxes[0].StartAsync(Shell("p", "sleep 1000"));
        await sandboxes[1].PauseAsync(Test);

        await host.Sandboxes.StopAsync(Test);

        Assert.Equal(ProcessEndReason.SandboxEnded, (await process.Ended.WaitAsync(Test)).Reason);
        Assert.False(host.HasContainers);
        Assert.Equal(SandboxErrorCode.Unavailable, (await host.Sandboxes.StartAsync("owner/three", LiveHost.Spec, elsewhere: null, Test)).Error?.Code);
    }

    [LiveFact]
    public async Task Sandboxes_that_ended_by_themselves_are_let_go_of_beyond_a_number()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, options: new LiveSandboxOptions { EndedSandboxes = 0 });
        var sandbox = await host.CreateAsync();
        await host.KillContainersAsync();
        await sandbox.Ended.WaitAsync(Test);
        await UntilAsync(() => host.Sandboxes.Find("owner/one") is null);
    }

    [LiveFact]
    public async Task Stats_say_what_it_uses()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        await sandbox.StartAsync(Shell("p", "cat") with { Stdin = true });

        var stats = await sandbox.ReadStatsAsync(Test);

        Assert.True(stats.Cpu > TimeSpan.Zero);
        Assert.InRange(stats.MemoryBytes!.Value, 1 << 20, stats.MemoryLimitBytes!.Value);
        Assert.Equal((1, LiveHost.Spec.DiskBytes), (stats.Processes, stats.DiskLimitBytes));
        Assert.True(stats.Uptime > TimeSpan.Zero);
    }

    [LiveFact]
    public async Task Stats_say_what_its_files_take_also_while_it_is_paused()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var before = (await sandbox.ReadStatsAsync(Test)).DiskBytes!.Value;
        Assert.InRange(before, 0, 1 << 20);

        await (await sandbox.StartAsync(Shell("write", "head -c 10000000 /dev/zero > /home/user/file"))).Ended.WaitAsync(Test);

        var after = (await sandbox.ReadStatsAsync(Test)).DiskBytes!.Value;
        Assert.InRange(after - before, 10_000_000, 10_500_000);
        await sandbox.PauseAsync(Test);
        Assert.Equal(after, (await sandbox.ReadStatsAsync(Test)).DiskBytes);
        await sandbox.ResumeAsync(Test);
        await (await sandbox.StartAsync(Shell("remove", "rm /home/user/file"))).Ended.WaitAsync(Test);
        Assert.InRange((await sandbox.ReadStatsAsync(Test)).DiskBytes!.Value, 0, before + (1 << 20));
    }

    private static void AssertPaused(SandboxError? error)
    {
        Assert.Equal(SandboxErrorCode.Conflict, error?.Code);
        Assert.Equal(SandboxStatus.Paused, error?.Status);
    }

    private static async Task<OutputItem> FirstAsync(Grains.Hosting.ILiveProcess process)
    {
        await foreach (var item in process.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(null, 0), follow: true, Test)) return item;
        throw new InvalidOperationException("Nothing was said.");
    }
}
