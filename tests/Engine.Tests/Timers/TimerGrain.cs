using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Timers;

internal interface ITimerGrain : IGrainWithStringKey
{
    Task Start(bool interleave, bool keepAlive = false);

    Task StartOnce();

    Task StartFailing();

    Task StartSlow(string gate);

    Task Stop();

    Task Change(TimeSpan dueTime, TimeSpan period);

    Task HoldUntilTicks(int more);

    Task Hold(string gate);

    Task End();

    Task<int> Overlaps();
}

internal sealed class TimerGrain(Probe probe) : Grain, ITimerGrain
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(20);

    private IGrainTimer? _timer;
    private bool _inside;
    private int _overlaps;

    private string Key => this.GetPrimaryKeyString();

    public Task Start(bool interleave, bool keepAlive = false)
    {
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.Tick(), this,
            new GrainTimerCreationOptions { DueTime = Often, Period = Often, Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task StartOnce()
    {
        _timer = this.RegisterGrainTimer(Tick, Often, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task StartFailing()
    {
        _timer = this.RegisterGrainTimer(
            async () =>
            {
                probe.Record(Key, "failing");
                await Task.Yield();
                throw new InvalidOperationException("Every time.");
            },
            Often,
            Often);
        return Task.CompletedTask;
    }

    public Task StartSlow(string gate)
    {
        _timer = this.RegisterGrainTimer(
            async cancellationToken =>
            {
                probe.Record(Key, "slow");
                cancellationToken.Register(() => probe.Record(Key, "slow cancelled"));
                await probe.Passing(gate);
            },
            new GrainTimerCreationOptions { DueTime = Often, Period = Often, Interleave = true });
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        probe.Record(Key, "stopped");
        return Task.CompletedTask;
    }

    public Task Change(TimeSpan dueTime, TimeSpan period)
    {
        _timer!.Change(dueTime, period);
        return Task.CompletedTask;
    }

    public async Task HoldUntilTicks(int more)
    {
        var target = probe.Count(Key, "tick") + more;
        while (probe.Count(Key, "tick") < target) await Task.Delay(1);
    }

    public async Task Hold(string gate)
    {
        if (_inside) _overlaps++;
        _inside = true;
        probe.Record(Key, "holding");
        await probe.Passing(gate);
        probe.Record(Key, "passed");
        _inside = false;
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<int> Overlaps() => Task.FromResult(_overlaps);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Record(Key, $"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    private async Task Tick()
    {
        if (_inside) _overlaps++;
        _inside = true;
        await Task.Yield();
        probe.Record(Key, "tick");
        _inside = false;
    }
}
