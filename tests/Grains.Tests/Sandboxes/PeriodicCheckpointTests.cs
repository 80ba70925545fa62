using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>Checkpoints by themselves, with a clock that stands still until the test moves it.</summary>
public sealed class PeriodicCheckpointTests : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const string Key = "alice/one";
    private TestSilo _silo = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(Key);

    public async ValueTask InitializeAsync() => _silo = await TestSilo.StartAsync(fakeClock: true);

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact(Timeout = Deadline)]
    public async Task One_is_taken_in_every_interval_in_which_a_program_runs_and_it_goes_on_from_the_newest()
    {
        await CreateAsync(every: 60);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        for (var taken = 1; taken <= 3; taken++)
        {
            Advance(59);
            Assert.Equal(taken - 1, (await ListAsync()).Checkpoints.Length);
            Advance(1);
            await UntilTakenAsync(taken);
        }

        var list = await ListAsync();
        Assert.Equal(list.Checkpoints[2].Id, list.Current);
        Assert.Equal([null, list.Checkpoints[0].Id, list.Checkpoints[1].Id], list.Checkpoints.Select(one => one.Parent));
        Assert.All(_silo.Host[Key].Requests, request => Assert.True(request is { Periodic: true, Suspend: false, Label: null }));

        _silo.Host[Key].Lose("The container ended.");
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Suspended);
        await Waiting.UntilAsync(async () => (await EventsAsync()).Any(happened => happened.Type is Rewound));
        var rewound = Assert.Single(await EventsAsync(), happened => happened.Type is Rewound);
        Assert.Equal((list.Current, "The container ended."), (rewound.CheckpointId, rewound.Reason));

        // What sleeps needs none.
        Advance(600);
        Assert.Equal(3, (await ListAsync()).Checkpoints.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_interval_without_program_and_activity_is_skipped()
    {
        await CreateAsync(every: 60);

        // Of what it was before, nothing is stored yet.
        Advance(60);
        await UntilTakenAsync(1);
        await SkipAsync();
        await Sandbox.TouchAsync();
        Advance(60);
        await UntilTakenAsync(2);
        await SkipAsync();
        Assert.True((await Sandbox.CheckpointAsync(null, Token)).Succeeded);
        Advance(59);
        await SettleAsync();
        Assert.Equal(3, (await ListAsync()).Checkpoints.Length);

        async Task SkipAsync()
        {
            var before = (await ListAsync()).Checkpoints.Length;
            for (var i = 0; i < 3; i++)
            {
                Advance(60);
                await SettleAsync();
            }

            Assert.Equal(before, (await ListAsync()).Checkpoints.Length);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task It_is_no_activity()
    {
        await CreateAsync(every: 30, idle: 100);
        var ends = (await Sandbox.DescribeAsync()).Value!.Expires;
        Advance(30);
        await UntilTakenAsync(1);
        Assert.Equal(ends, (await Sandbox.DescribeAsync()).Value!.Expires);
        Advance(60);
        Advance(10);
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Deleted);
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_fails_is_told_and_the_sandbox_goes_on_to_the_next()
    {
        await CreateAsync(every: 60);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        _silo.Host[Key].CheckpointFailure = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The disk is full." };
        Advance(60);
        await Waiting.UntilAsync(async () => (await EventsAsync()).Any(happened => happened.Type is CheckpointFailed));
        Assert.Equal("The disk is full.", (await EventsAsync())[^1].Reason);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.DescribeAsync()).Value!.Status);
        Assert.Null((await ListAsync()).Current);
        _silo.Host[Key].CheckpointFailure = null;
        Advance(59);
        await SettleAsync();
        Assert.Empty((await ListAsync()).Checkpoints);
        Advance(1);
        await UntilTakenAsync(1);
        Assert.Equal([Created, ProcessStarted, CheckpointFailed, Checkpointed], (await EventsAsync()).Select(happened => happened.Type));
    }

    [Fact(Timeout = Deadline)]
    public async Task There_are_never_two_at_once()
    {
        await CreateAsync(every: 60);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        var hold = new TaskCompletionSource();
        _silo.Host[Key].HoldCheckpoints = hold.Task;
        Advance(60);
        await Waiting.UntilAsync(() => Task.FromResult(_silo.Host[Key].Requests.Count == 1));
        for (var i = 0; i < 5; i++) Advance(60);
        var asked = Sandbox.CheckpointAsync("asked", Token);
        await SettleAsync();
        Assert.Single(_silo.Host[Key].Requests);
        _silo.Host[Key].HoldCheckpoints = null;
        hold.SetResult();
        Assert.True((await asked).Succeeded);
        await SettleAsync();
        Assert.Equal([null, "asked"], (await ListAsync()).Checkpoints.Select(one => one.Label));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_paused_sandbox_is_left_alone()
    {
        await CreateAsync(every: 60);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await Sandbox.PauseAsync();
        Advance(60);
        await SettleAsync();
        Assert.Empty(_silo.Host[Key].Requests);
        await Sandbox.ResumeAsync();
        Advance(60);
        await UntilTakenAsync(1);
    }

    [Fact(Timeout = Deadline)]
    public async Task So_many_without_a_label_are_kept_beside_the_current_one_and_all_with_one()
    {
        await CreateAsync(every: null, keep: 2);
        var first = (await Sandbox.CheckpointAsync("first", Token)).Value!;
        var taken = new List<string>();
        for (var i = 0; i < 4; i++) taken.Add((await Sandbox.CheckpointAsync(null, Token)).Value!.Id);
        Assert.Equal([first.Id, .. taken[1..]], (await ListAsync()).Checkpoints.Select(one => one.Id));

        // What it went back to is the current one, however old it is.
        await Sandbox.RewindAsync(taken[1], Token);
        Assert.Equal([first.Id, .. taken[1..]], (await ListAsync()).Checkpoints.Select(one => one.Id));
        await Sandbox.SuspendAsync();
        var asleep = await ListAsync();
        Assert.Equal([first.Id, taken[2], taken[3], asleep.Current], asleep.Checkpoints.Select(one => one.Id));
        Assert.True((await Sandbox.RestoreAsync(Token)).Succeeded);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_cannot_be_deleted_now_goes_with_the_next()
    {
        await CreateAsync(every: null, keep: 1);
        _silo.Host.Stored.RetentionFailure = new IOException("The store is out of reach.");
        for (var i = 0; i < 4; i++) Assert.True((await Sandbox.CheckpointAsync(null, Token)).Succeeded);
        Assert.Equal(4, (await ListAsync()).Checkpoints.Length);
        _silo.Host.Stored.RetentionFailure = null;
        Assert.True((await Sandbox.CheckpointAsync(null, Token)).Succeeded);
        Assert.Equal(2, (await ListAsync()).Checkpoints.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task They_go_on_when_the_grain_is_activated_anew()
    {
        await CreateAsync(every: 60);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await _silo.DisposeAsync();
        _silo = await TestSilo.StartAsync(fakeClock: true, before: _silo);
        await Sandbox.DescribeAsync();
        Advance(60);
        await UntilTakenAsync(1);
    }

    private void Advance(int seconds) => _silo.Clock!.Advance(TimeSpan.FromSeconds(seconds));

    private async Task CreateAsync(int? every, int? keep = null, int? idle = null)
    {
        TimeSpan? Span(int? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : null;
        var spec = Specs.Plain with { IdleTimeout = Span(idle), CheckpointInterval = Span(every), KeepCheckpoints = keep };
        Assert.True((await Sandbox.CreateAsync(spec, Token)).Succeeded);
    }

    private async Task<CheckpointList> ListAsync() => (await Sandbox.ListCheckpointsAsync(Token)).Value!;

    private async Task<List<SandboxEvent>> EventsAsync() => await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync();

    private Task UntilTakenAsync(int count) => Waiting.UntilAsync(async () =>
        (await ListAsync()).Checkpoints.Length == count && (await EventsAsync()).Count(happened => happened.Type is Checkpointed) == count);

    /// <summary>A call that waits its turn: what the tick before it had to do is done.</summary>
    private async Task SettleAsync()
    {
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(20, Token);
            await Sandbox.DescribeAsync();
        }
    }
}
