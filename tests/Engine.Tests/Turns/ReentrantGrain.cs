using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Turns;

internal interface IReentrantGrain : IGrainWithStringKey
{
    Task Hold(string gate);

    Task<int> Plain();

    Task<int> CallMyself();
}

[Reentrant]
internal sealed class ReentrantGrain(Probe probe) : Grain, IReentrantGrain
{
    public async Task Hold(string gate)
    {
        probe.Record(this.GetPrimaryKeyString(), $"holding {gate}");
        await probe.Passing(gate);
    }

    public Task<int> Plain() => Task.FromResult(7);

    public Task<int> CallMyself() => this.AsReference<IReentrantGrain>().Plain();
}
