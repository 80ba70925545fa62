using Sandbox.Grains.Events;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class SleepTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(_key);

    [Fact(Timeout = Deadline)]
    public async Task A_suspended_sandbox_is_on_no_host_and_a_start_wakes_it_with_its_programs()
    {
        await CreateAsync("p");
        var before = _silo.Host[_key];
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.SuspendAsync()).Value!.Status);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.SuspendAsync()).Value!.Status);
        Assert.True(before.Disposed);
        Assert.Null(_silo.Host.FindSandbox(_key));
        Assert.Equal(0, before.Listeners);

        // Looking wakes nothing.
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Equal("p", Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes).Id);
        Assert.Null((await Sandbox.DescribeProcessAsync("p")).Value!.End);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DescribeProcessAsync("q")).Error!.Code);
        Assert.Null((await Sandbox.WaitAsync("p", TimeSpan.Zero, Token)).Value!.End);
        Assert.Null(_silo.Host.FindSandbox(_key));

        Assert.True((await Sandbox.StartAsync(Specs.Process("q"), 1, 1, Token)).Succeeded);
        Assert.Equal(["p", "q"], (await Sandbox.ListProcessesAsync()).Value!.Processes.Select(process => process.Id));
        _silo.Host[_key].Process("p").End();
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeProcessAsync("p")).Value!.End is not null);
        var events = await EventsUntilAsync(ProcessExited);
        Assert.Equal([Created, ProcessStarted, Suspended, Restored, ProcessStarted, ProcessExited], events.Select(happened => happened.Type));
    }

    [Fact(Timeout = Deadline)]
    public async Task Whoever_comes_while_it_falls_asleep_waits_and_wakes_it()
    {
        await CreateAsync("p");
        var hold = new TaskCompletionSource();
        _silo.Host[_key].HoldCheckpoints = hold.Task;
        var suspending = Sandbox.SuspendAsync();
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Suspending);
        var writing = Sandbox.WriteInputAsync("p", 0, [1, 2, 3], cancellationToken: Token);
        var signalling = Sandbox.SignalAsync("p", 10, group: false);
        hold.SetResult();
        Assert.Equal(SandboxStatus.Suspended, (await suspending).Value!.Status);
        Assert.Equal(3, (await writing).Value!.Offset);
        Assert.True((await signalling).Succeeded);
        Assert.Equal((10, false), Assert.Single(_silo.Host[_key].Process("p").Signals));
        Assert.Equal(SandboxStatus.Running, (await Sandbox.DescribeAsync()).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task Input_with_a_wrong_token_is_refused_before_anything_else_and_wakes_nothing()
    {
        Assert.Equal(SandboxErrorCode.Unauthorized, (await Sandbox.WriteInputAsync("p", 0, [1], "guess", Token)).Error!.Code);
        var token = (await Sandbox.CreateAsync(Specs.Plain, Token)).Value!.Token!;
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        Assert.Equal(1, (await Sandbox.WriteInputAsync("p", 0, [1], token, Token)).Value!.Offset);
        await Sandbox.SuspendAsync();
        foreach (var wrong in new[] { "", token + "A", token[..^1] })
            Assert.Equal(SandboxErrorCode.Unauthorized, (await Sandbox.WriteInputAsync("p", 1, [2], wrong, Token)).Error!.Code);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Equal(2, (await Sandbox.WriteInputAsync("p", 1, [2], token, Token)).Value!.Offset);
        await Sandbox.DeleteAsync("Asked.");
        await Sandbox.CreateAsync(Specs.Plain, Token);
        Assert.Equal(SandboxErrorCode.Unauthorized, (await Sandbox.WriteInputAsync("p", 0, [1], token, Token)).Error!.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_and_a_waiter_notice_nothing_of_a_sleep_and_do_not_end_it()
    {
        await CreateAsync("p");
        await using var items = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, new OutputCursor(1, 0), follow: true, Token).GetAsyncEnumerator(Token);
        await Sandbox.WriteInputAsync("p", 0, "one"u8.ToArray(), cancellationToken: Token);
        Assert.True(await items.MoveNextAsync());
        var waiting = Sandbox.WaitAsync("p", TimeSpan.FromSeconds(20), Token);
        var next = items.MoveNextAsync();
        await Sandbox.SuspendAsync();
        await Task.Delay(200, Token);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.False(next.IsCompleted || waiting.IsCompleted);

        await Sandbox.WriteInputAsync("p", 3, "two"u8.ToArray(), cancellationToken: Token);
        Assert.True(await next);
        var data = Assert.IsType<OutputData>(items.Current);
        Assert.Equal((3L, "two"), (data.Offset, System.Text.Encoding.UTF8.GetString(data.Data)));
        _silo.Host[_key].Process("p").End(code: 4);
        Assert.Equal(4, (await waiting).Value!.End!.Code);
        Assert.True(await items.MoveNextAsync());
        Assert.True(Assert.IsType<OutputEnd>(items.Current).Ended);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_is_acknowledged_while_it_falls_asleep_and_sleeps_is_known_when_it_wakes()
    {
        await CreateAsync("p", "q");
        var hold = new TaskCompletionSource();
        _silo.Host[_key].HoldCheckpoints = hold.Task;
        var suspending = Sandbox.SuspendAsync();
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Suspending);
        await Sandbox.AcknowledgeAsync("p", ProcessChannel.Stdout, 7);
        var (p, q) = (_silo.Host[_key].Process("p"), _silo.Host[_key].Process("q"));
        Assert.Equal(7, p.Acknowledged);

        // The checkpoint was taken before that.
        p.Acknowledge(ProcessChannel.Stdout, 0);
        hold.SetResult();
        await suspending;
        await Sandbox.AcknowledgeAsync("q", ProcessChannel.Stdout, 10);
        await Sandbox.AcknowledgeAsync("q", ProcessChannel.Stdout, 9);
        Assert.Equal((0, 0), (p.Acknowledged, q.Acknowledged));
        await Sandbox.RestoreAsync(Token);
        Assert.Equal((7, 10), (_silo.Host[_key].Process("p").Acknowledged, _silo.Host[_key].Process("q").Acknowledged));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_cannot_be_suspended_goes_on_and_what_cannot_be_restored_sleeps_on()
    {
        await CreateAsync("p");
        var failure = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The disk is full." };
        _silo.Host[_key].CheckpointFailure = failure;
        Assert.Equal(failure, (await Sandbox.SuspendAsync()).Error);
        Assert.Equal(failure, (await Sandbox.CheckpointAsync(null, Token)).Error);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.DescribeAsync()).Value!.Status);
        _silo.Host[_key].CheckpointFailure = null;
        await Sandbox.SuspendAsync();

        _silo.Host.Refusals[_key] = failure;
        Assert.Equal(failure, (await Sandbox.RestoreAsync(Token)).Error);
        Assert.Equal(failure, (await Sandbox.StartAsync(Specs.Process("q"), null, null, Token)).Error);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
        _silo.Host.Refusals.TryRemove(_key, out _);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.RestoreAsync(Token)).Value!.Status);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.RestoreAsync(Token)).Value!.Status);
    }

    [Fact(Timeout = Deadline)]
    public async Task Going_back_starts_a_new_timeline_and_says_what_is_lost()
    {
        await CreateAsync("p");
        var checkpoint = (await Sandbox.CheckpointAsync("before", Token)).Value!;
        await Sandbox.StartAsync(Specs.Process("q"), 1, 1, Token);
        var back = (await Sandbox.RewindAsync(checkpoint.Id, Token)).Value!;
        Assert.Equal((SandboxStatus.Running, 2), (back.Status, back.Timeline));
        Assert.Equal("p", Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes).Id);

        // Whether it was started in the history that is gone, nobody can know.
        Assert.Equal(SandboxErrorCode.Unknown, (await Sandbox.StartAsync(Specs.Process("q"), 1, 1, Token)).Error!.Code);
        Assert.True((await Sandbox.StartAsync(Specs.Process("q"), back.Epoch, back.Timeline, Token)).Succeeded);
        var rewound = (await EventsUntilAsync(Restored)).Single(happened => happened.Type is Rewound);
        Assert.Equal((checkpoint.Id, checkpoint.Created, 2L), (rewound.CheckpointId, rewound.Since!.Value, rewound.Timeline!.Value));
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.RewindAsync("nowhere", Token)).Error!.Code);

        await Sandbox.WriteInputAsync("p", 0, "0123"u8.ToArray(), cancellationToken: Token);
        await using var items = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, new OutputCursor(1, 9), follow: true, Token).GetAsyncEnumerator(Token);
        Assert.True(await items.MoveNextAsync());
        Assert.Equal(new OutputRewound { Timeline = 2, From = 9, To = 4 }, items.Current);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_fork_has_what_the_original_had_and_both_go_on()
    {
        await CreateAsync("p");
        var owner = _key[..^4];
        var forks = (await Sandbox.ForkAsync(["f1", "f2"], Token)).Value!.Sandboxes;
        Assert.Equal(["f1", "f2"], forks.Select(fork => fork.Sandbox.Id));
        Assert.NotEqual(forks[0].Token, forks[1].Token);
        foreach (var id in new[] { "f1", "f2" })
        {
            var fork = _silo.Sandbox($"{owner}/{id}");
            Assert.Equal("p", Assert.Single((await fork.ListProcessesAsync()).Value!.Processes).Id);
            Assert.True((await fork.StartAsync(Specs.Process("own"), null, null, Token)).Succeeded);
            Assert.Single((await fork.ListCheckpointsAsync(Token)).Value!.Checkpoints);
        }

        _silo.Host[$"{owner}/f1"].Process("p").End();
        Assert.Null((await Sandbox.DescribeProcessAsync("p")).Value!.End);
        Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes);
        await Sandbox.SuspendAsync();
        Assert.True((await Sandbox.ForkAsync(["f3"], Token)).Succeeded);
        Assert.Null(_silo.Host.FindSandbox(_key));

        // All or none.
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.ForkAsync(["f4", "f1"], Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.Gone, (await _silo.Sandbox($"{owner}/f4").TouchAsync()).Error!.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task Checkpoints_form_a_list_of_which_the_present_one_stays_and_all_go_with_the_sandbox()
    {
        await CreateAsync();
        var first = (await Sandbox.CheckpointAsync("a", Token)).Value!;
        var second = (await Sandbox.CheckpointAsync(null, Token)).Value!;
        Assert.Equal((null, first.Id), (first.Parent, second.Parent));
        var list = (await Sandbox.ListCheckpointsAsync(Token)).Value!;
        Assert.Equal([first.Id, second.Id], list.Checkpoints.Select(one => one.Id));
        Assert.Equal(second.Id, list.Current);
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.DeleteCheckpointAsync(second.Id, Token)).Error!.Code);
        Assert.Equal(second.Id, Assert.Single((await Sandbox.DeleteCheckpointAsync(first.Id, Token)).Value!.Checkpoints).Id);
        await Sandbox.SuspendAsync();
        Assert.Equal(SandboxStatus.Deleted, (await Sandbox.DeleteAsync("")).Value!.Status);
        Assert.Empty(await _silo.Host.Stored.ListAsync(_key, Token));
        Assert.Equal(SandboxErrorCode.Gone, (await Sandbox.RestoreAsync(Token)).Error!.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_ends_by_itself_goes_back_to_its_checkpoint()
    {
        await CreateAsync("p");
        var checkpoint = (await Sandbox.CheckpointAsync(null, Token)).Value!;
        _silo.Host[_key].Lose("Out of memory.");
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Suspended);
        // What ran then is not known before it is awake, so whoever asks wakes it.
        Assert.Equal("p", Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes).Id);
        var rewound = (await EventsUntilAsync(Rewound))[^1];
        Assert.Equal(("Out of memory.", checkpoint.Id), (rewound.Reason, rewound.CheckpointId));
        Assert.True((await Sandbox.WriteInputAsync("p", 0, [1], cancellationToken: Token)).Succeeded);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_of_what_is_lost_brings_it_back_and_reads_on_in_the_history_that_goes_on()
    {
        await CreateAsync("p");
        await Sandbox.WriteInputAsync("p", 0, "one"u8.ToArray(), cancellationToken: Token);
        Assert.True((await Sandbox.CheckpointAsync(null, Token)).Succeeded);
        await using var items = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, new OutputCursor(1, 0), follow: true, Token).GetAsyncEnumerator(Token);
        Assert.True(await items.MoveNextAsync());
        var next = items.MoveNextAsync();
        _silo.Host[_key].Lose("Out of memory.");

        // Nobody asks for anything.
        Assert.True(await next);
        Assert.Equal(2, Assert.IsType<OutputRewound>(items.Current).Timeline);
        Assert.Equal([Rewound, Restored], (await EventsUntilAsync(Restored))[^2..].Select(happened => happened.Type));
        await Sandbox.WriteInputAsync("p", 0, "two"u8.ToArray(), cancellationToken: Token);
        Assert.True(await items.MoveNextAsync());
        Assert.Equal("two", System.Text.Encoding.UTF8.GetString(Assert.IsType<OutputData>(items.Current).Data));
    }

    private async Task CreateAsync(params string[] processes)
    {
        await Sandbox.CreateAsync(Specs.Plain, null, Token);
        foreach (var id in processes) await Sandbox.StartAsync(Specs.Process(id), null, null, Token);
    }

    private async Task<List<SandboxEvent>> EventsUntilAsync(SandboxEventType last)
    {
        var events = new List<SandboxEvent>();
        await foreach (var happened in Sandbox.ReadEventsAsync(0, follow: true, Token))
        {
            events.Add(happened);
            if (happened.Type == last) break;
        }

        return events;
    }
}
