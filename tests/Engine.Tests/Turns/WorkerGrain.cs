using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Turns;

internal interface IWorkerGrain : IGrainWithStringKey
{
    Task Hold(string gate);
}

[StatelessWorker(2)]
internal sealed class WorkerGrain(Probe probe) : Grain, IWorkerGrain
{
    public async Task Hold(string gate)
    {
        probe.Record(this.GetPrimaryKeyString(), "holding");
        await probe.Passing(gate);
    }
}
