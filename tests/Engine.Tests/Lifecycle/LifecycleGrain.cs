using Microsoft.Extensions.DependencyInjection;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Lifecycle;

internal interface ILifecycleGrain : IGrainWithStringKey
{
    Task<int> Activation();

    Task End();

    Task<int> EndAndHold(string gate);

    Task Hold(string gate);

    Task Delay(TimeSpan time);

    Task<string> Scoped();

    [AlwaysInterleave]
    Task EndNow();
}

internal sealed class LifecycleGrain(Probe probe, ScopedService service) : Grain, ILifecycleGrain, IAsyncDisposable
{
    private int _number;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Record(Key, "activated");
        _number = probe.Count(Key, "activated");
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        probe.Record(Key, $"deactivated {reason.ReasonCode}");
    }

    public Task<int> Activation()
    {
        probe.Record(Key, "called");
        return Task.FromResult(_number);
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<int> EndAndHold(string gate)
    {
        DeactivateOnIdle();
        probe.Record(Key, "holding");
        await probe.Passing(gate);
        probe.Record(Key, "passed");
        return _number;
    }

    public async Task Hold(string gate)
    {
        probe.Record(Key, "holding");
        await probe.Passing(gate);
        probe.Record(Key, "passed");
    }

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task<string> Scoped() =>
        Task.FromResult(ReferenceEquals(service, ServiceProvider.GetRequiredService<ScopedService>()) ? service.Key : "another");

    public Task EndNow() => End();

    public ValueTask DisposeAsync()
    {
        probe.Record(Key, "disposed");
        return ValueTask.CompletedTask;
    }
}
