using Sandbox.Grains.Execution;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveProcessTests(TestBinaries binaries, LiveTemplate template)
{
    private const string CountSleeps = "cat /proc/[0-9]*/comm 2>/dev/null | grep -c sleep";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_process_runs_and_its_output_and_exit_can_be_read_again_and_again()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync(spec: LiveHost.Spec with { Environment = new() { ["FRUIT"] = "apple" } });
        var process = await sandbox.StartAsync(Shell("one", "echo $FRUIT $LEAF $(id -u) $PWD; echo bad >&2; exit 7") with
        {
            Environment = new() { ["LEAF"] = "green" },
        });

        var end = await process.Ended.WaitAsync(Test);
        Assert.Equal((ProcessEndReason.Exited, 7), (end.Reason, end.Code));
        Assert.Equal("apple green 1000 /home/user\n", await process.TextAsync(follow: false));
        Assert.Equal("apple green 1000 /home/user\n", await process.TextAsync());
        Assert.Equal("green 1000 /home/user\n", await process.TextAsync(from: 6));
        Assert.Equal("bad\n", await process.TextAsync(ProcessChannel.Stderr));
        Assert.Equal([7], sandbox.Processes.Select(p => p.Describe().End?.Code));
        Assert.Same(process, sandbox.Find("one"));

        var root = await sandbox.StartAsync(Shell("root", "echo $(id -u) $HOME $PWD") with { Root = true, Directory = "/tmp" });
        Assert.Equal("0 /root /tmp\n", await root.TextAsync());
    }

    [LiveFact]
    public async Task Code_runs_as_a_file_and_finds_the_modules_of_its_directory()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        await (await sandbox.StartAsync(Shell("module", "echo 'value = 42' > near.py"))).Ended.WaitAsync(Test);

        var python = await sandbox.StartAsync(Code("a.py", Language.Python, "import near\nprint(near.value)\nraise KeyError('lost')"));
        var bash = await sandbox.StartAsync(Code("b", Language.Bash, "echo $((6*7)) $(pwd)"));

        Assert.Equal("42\n", await python.TextAsync());
        Assert.Contains("raise KeyError('lost')", await python.TextAsync(ProcessChannel.Stderr), StringComparison.Ordinal);
        Assert.Equal(1, (await python.Ended.WaitAsync(Test)).Code);
        Assert.Equal("42 /home/user\n", await bash.TextAsync());
    }

    [LiveFact]
    public async Task Fifty_processes_run_at_once()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var processes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            sandbox.StartAsync(Shell($"p{i}", $"echo begin {i}; read line; echo end {i} $line") with { Stdin = true })));
        Assert.Equal(50, (await sandbox.ReadStatsAsync(Test)).Processes);

        await Task.WhenAll(processes.Select(process => process.TypeAsync(0, "go\n")));

        var texts = await Task.WhenAll(processes.Select(process => process.TextAsync()));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"begin {i}\nend {i} go\n"), texts);
        await Task.WhenAll(processes.Select(process => process.Ended)).WaitAsync(Test);
        Assert.Equal(0, (await sandbox.ReadStatsAsync(Test)).Processes);
    }

    [LiveFact]
    public async Task Starting_an_id_many_times_at_once_starts_one_program()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var spec = Shell("same", "echo ran >> times; cat") with { Stdin = true };

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => sandbox.StartAsync(spec, Test), Test)));

        Assert.Single(starts, start => !start.Value!.Known);
        var process = Assert.Single(starts.Select(start => start.Value!.Process).Distinct());
        await process.EndInputAsync(0, Test);
        await process.Ended.WaitAsync(Test);
        Assert.True((await sandbox.StartAsync(spec, Test)).Value!.Known);
        Assert.Equal("1\n", await (await sandbox.StartAsync(Shell("count", "wc -l < times"))).TextAsync());
    }

    [LiveFact]
    public async Task A_caller_that_gives_up_finds_its_process_by_starting_it_again()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var spec = Shell("mine", "echo ran >> times; cat times");
        using var gone = new CancellationTokenSource();
        var start = sandbox.StartAsync(spec, gone.Token);
        await gone.CancelAsync();
        await Task.WhenAny(start);

        var again = await sandbox.StartAsync(spec, Test);

        Assert.Equal("ran\n", await again.Value!.Process.TextAsync());
    }

    [LiveFact]
    public async Task A_start_that_failed_does_not_use_its_id_up()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        Assert.Equal(SandboxErrorCode.Invalid, (await sandbox.StartAsync(new ProcessSpec { Id = "a", Arguments = ["/no/such"] }, Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Invalid, (await sandbox.StartAsync(new ProcessSpec { Id = "a" }, Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Invalid, (await sandbox.StartAsync(Shell("../a", "true"), Test)).Error?.Code);
        var code = Code("a", Language.Bash, "echo fine");
        Assert.Equal(SandboxErrorCode.Invalid, (await sandbox.StartAsync(code with { Directory = "/no/such" }, Test)).Error?.Code);
        Assert.Empty(sandbox.Processes);

        Assert.Equal("fine\n", await (await sandbox.StartAsync(code)).TextAsync());
    }

    [LiveFact]
    public async Task A_process_over_its_time_is_killed_with_all_that_came_from_it()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var process = await sandbox.StartAsync(Shell("slow", "sleep 1000 & sleep 1000") with { Timeout = TimeSpan.FromMilliseconds(300) });

        var end = await process.Ended.WaitAsync(Test);

        Assert.Equal((ProcessEndReason.Timeout, 9), (end.Reason, end.Signal));
        Assert.True(end.Ran >= TimeSpan.FromMilliseconds(250), end.Ran.ToString());
        Assert.Equal("0\n", await (await sandbox.StartAsync(Shell("look", CountSleeps))).TextAsync());
    }

    [LiveFact]
    public async Task A_signal_reaches_the_process_or_all_that_came_from_it()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var traps = await sandbox.StartAsync(Shell("traps", "trap 'echo got it; exit 3' USR1; sleep 1000 & echo up; wait"));
        await traps.UntilAsync("up");
        Assert.Null(await traps.SignalAsync(10, group: false, Test));
        Assert.Equal(3, (await traps.Ended.WaitAsync(Test)).Code);
        Assert.Equal("1\n", await (await sandbox.StartAsync(Shell("look", CountSleeps))).TextAsync());

        var group = await sandbox.StartAsync(Shell("group", "sleep 1000 & echo up; sleep 1000"));
        await group.UntilAsync("up");
        Assert.Null(await group.SignalAsync(9, group: true, Test));
        var end = await group.Ended.WaitAsync(Test);
        Assert.Equal((ProcessEndReason.Killed, 9), (end.Reason, end.Signal));
        Assert.Equal("1\n", await (await sandbox.StartAsync(Shell("again", CountSleeps))).TextAsync());

        Assert.Null(await group.SignalAsync(9, group: true, Test));
        Assert.Equal(SandboxErrorCode.Invalid, (await group.SignalAsync(65, group: true, Test))?.Code);
    }

    [LiveFact]
    public async Task Ended_processes_are_pushed_out_by_newer_ones()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var running = await sandbox.StartAsync(Shell("runs", "cat") with { Stdin = true });
        var first = await sandbox.StartAsync(Shell("first", "echo first"));
        await first.Ended.WaitAsync(Test);
        for (var i = 0; i < LiveSandbox.EndedProcesses; i += 32)
        {
            var some = await Task.WhenAll(Enumerable.Range(i, 32).Select(n => sandbox.StartAsync(new ProcessSpec { Id = $"p{n}", Arguments = ["/bin/true"] })));
            await Task.WhenAll(some.Select(process => process.Ended)).WaitAsync(Test);
        }

        await UntilAsync(() => sandbox.Find("first") is null);
        Assert.Equal(LiveSandbox.EndedProcesses + 1, sandbox.Processes.Count);
        Assert.Same(running, sandbox.Processes[0]);
        Assert.NotNull(sandbox.Find("p0"));
        Assert.Equal(SandboxErrorCode.Conflict, (await sandbox.StartAsync(Shell("first", "true"), Test)).Error?.Code);
    }

    [LiveFact]
    public async Task Starts_and_ends_are_told_once_each_in_order()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var told = new List<(string, bool)>();
        sandbox.ProcessChanged += process =>
        {
            lock (told) told.Add((process.Id, process.Describe().End is not null));
        };

        var process = await sandbox.StartAsync(Shell("p", "cat") with { Stdin = true });
        await UntilAsync(() => Told(1));
        await process.EndInputAsync(0, Test);
        await UntilAsync(() => Told(2));

        Assert.Equal([("p", false), ("p", true)], told);

        bool Told(int count)
        {
            lock (told) return told.Count == count;
        }
    }
}
