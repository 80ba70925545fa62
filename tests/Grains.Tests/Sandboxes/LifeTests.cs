using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class LifeTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(_key);

    [Fact(Timeout = Deadline)]
    public async Task What_never_was_is_not_found()
    {
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DescribeAsync()).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.TouchAsync()).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DeleteAsync("")).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.PauseAsync()).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.StatsAsync()).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.StartAsync(Specs.Process("p"), null, null, Token)).Error!.Code);
        Assert.False(await Sandbox.CheckTokenAsync("t"));
        Assert.Empty(await Sandbox.ReadEventsAsync(0, follow: true, Token).AllAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task Deleting_removes_it_and_it_stays_answerable()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        var live = _silo.Host[_key];
        var deleted = (await Sandbox.DeleteAsync("A client asked for it.")).Value!;
        Assert.Equal((SandboxStatus.Deleted, "A client asked for it."), (deleted.Status, deleted.Reason));
        Assert.True(live.Disposed);
        Assert.Equal(0, live.Listeners);
        Assert.Null(_silo.Host.FindSandbox(_key));

        Assert.Equal(SandboxStatus.Deleted, (await Sandbox.DeleteAsync("Twice.")).Value!.Status);
        Assert.Equal("A client asked for it.", (await Sandbox.DescribeAsync()).Value!.Reason);
        var error = (await Sandbox.StartAsync(Specs.Process("p"), null, null, Token)).Error!;
        Assert.Equal((SandboxErrorCode.Gone, SandboxStatus.Deleted), (error.Code, error.Status));
        Assert.Equal(SandboxErrorCode.Gone, (await Sandbox.TouchAsync()).Error!.Code);
        var events = await Sandbox.ReadEventsAsync(0, follow: true, Token).AllAsync();
        Assert.Equal([Created, ProcessStarted, Deleting, ProcessExited, Deleted], events.Select(happened => happened.Type));
        Assert.Equal([1, 2, 3, 4, 5], events.Select(happened => happened.Sequence));
        Assert.Equal("A client asked for it.", events[2].Reason);
        Assert.Equal(ProcessEndReason.SandboxEnded, events[3].End!.Reason);
    }

    [Fact(Timeout = Deadline)]
    public async Task Pausing_freezes_it_and_resuming_lets_it_go_on()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        Assert.Equal(SandboxStatus.Paused, (await Sandbox.PauseAsync()).Value!.Status);
        Assert.Equal(SandboxStatus.Paused, (await Sandbox.PauseAsync()).Value!.Status);
        Assert.True(_silo.Host[_key].Frozen);

        var error = (await Sandbox.StartAsync(Specs.Process("q"), null, null, Token)).Error!;
        Assert.Equal((SandboxErrorCode.Conflict, SandboxStatus.Paused), (error.Code, error.Status));
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.WriteInputAsync("p", 0, [1], cancellationToken: Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.SignalAsync("p", 15, false)).Error!.Code);
        Assert.True((await Sandbox.DescribeProcessAsync("p")).Succeeded);
        Assert.True((await Sandbox.StatsAsync()).Succeeded);

        Assert.Equal(SandboxStatus.Running, (await Sandbox.ResumeAsync()).Value!.Status);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.ResumeAsync()).Value!.Status);
        Assert.False(_silo.Host[_key].Frozen);
        var events = await Sandbox.ReadEventsAsync(2, follow: false, Token).AllAsync();
        Assert.Equal([Paused, Resumed], events.Select(happened => happened.Type));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_ends_by_itself_has_failed_with_the_reason()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        var following = Sandbox.ReadEventsAsync(0, follow: true, Token).AllAsync();
        var live = _silo.Host[_key];
        live.Lose("The guest broke the protocol.");

        var events = await following;
        Assert.Equal([Created, ProcessStarted, ProcessExited, Failed], events.Select(happened => happened.Type));
        Assert.Equal("The guest broke the protocol.", events[^1].Reason);
        await Waiting.UntilAsync(() => live.Disposed);
        var failed = (await Sandbox.DescribeAsync()).Value!;
        Assert.Equal((SandboxStatus.Failed, "The guest broke the protocol.", (DateTimeOffset?)null), (failed.Status, failed.Reason, failed.Expires));
        var error = (await Sandbox.ListProcessesAsync()).Error!;
        Assert.Equal((SandboxErrorCode.Gone, SandboxStatus.Failed), (error.Code, error.Status));
        await Waiting.UntilAsync(async () =>
            (await _silo.List(_key.Split('/')[0]).ListAsync(null, 10, [])).Sandboxes is [{ Status: SandboxStatus.Failed, Reason: not null }]);

        Assert.Equal(2, (await Sandbox.CreateAsync(Specs.Plain, Token)).Value!.Sandbox.Epoch);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_failed_sandbox_can_be_deleted()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        _silo.Host[_key].Lose("Lost.");
        var deleted = (await Sandbox.DeleteAsync("Asked.")).Value!;
        Assert.Equal((SandboxStatus.Deleted, "Asked."), (deleted.Status, deleted.Reason));
        var events = await Sandbox.ReadEventsAsync(0, follow: true, Token).AllAsync();
        Assert.Equal([Created, Failed, Deleted], events.Select(happened => happened.Type));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_start_that_a_deletion_overtakes_is_answered_by_the_deletion()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var hold = new TaskCompletionSource();
        _silo.Host[_key].HoldStarts = hold.Task;
        var starting = Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await Sandbox.DeleteAsync("Asked.");
        hold.SetResult();
        var error = (await starting).Error!;
        Assert.Equal((SandboxErrorCode.Gone, SandboxStatus.Deleted), (error.Code, error.Status));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_deletion_waits_for_the_creation_before_it()
    {
        var hold = new TaskCompletionSource();
        _silo.Host.Holds[_key] = hold.Task;
        var creating = Sandbox.CreateAsync(Specs.Plain, Token);
        await Waiting.UntilAsync(async () => (await Sandbox.DescribeAsync()).Value?.Status is SandboxStatus.Creating);
        var deleting = Sandbox.DeleteAsync("Asked.");
        hold.SetResult();
        Assert.Equal(SandboxStatus.Running, (await creating).Value!.Sandbox.Status);
        Assert.Equal(SandboxStatus.Deleted, (await deleting).Value!.Status);
        Assert.Null(_silo.Host.FindSandbox(_key));
    }
}
