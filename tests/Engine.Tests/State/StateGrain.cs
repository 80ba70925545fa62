using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.State;

[GenerateSerializer]
internal sealed class Ledger
{
    [Id(0)] public List<string> Entries { get; set; } = [];

    [Id(1)] public int Total { get; set; }
}

internal interface IStateGrain : IGrainWithStringKey
{
    Task<string> SeenAtActivation();

    Task<string> Entries();

    Task Change(string entry);

    Task Write();

    Task Read();

    Task Clear();

    Task<bool> Exists();

    Task<string?> Version();

    Task End();

    Task WriteBehind(string entry);

    Task<int> WriteTwiceAtOnce();

    Task<int> Activation();

    Task<string> Second();

    Task ChangeSecond(string entry);
}

internal sealed class StateGrain(
    Probe probe,
    [PersistentState("ledger", GrainHost.Storage)] IPersistentState<Ledger> ledger,
    [PersistentState("second")] IPersistentState<Ledger> second) : Grain, IStateGrain
{
    private string _seen = "";
    private int _activation;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        probe.Record(key, "activated");
        _activation = probe.Count(key, "activated");
        _seen = string.Join(',', ledger.State.Entries);
        return Task.CompletedTask;
    }

    public Task<string> SeenAtActivation() => Task.FromResult(_seen);

    public Task<string> Entries() => Task.FromResult(string.Join(',', ledger.State.Entries));

    public Task Change(string entry)
    {
        ledger.State.Entries.Add(entry);
        return Task.CompletedTask;
    }

    public Task Write() => ledger.WriteStateAsync();

    public Task Read() => ledger.ReadStateAsync();

    public Task Clear() => ledger.ClearStateAsync();

    public Task<bool> Exists() => Task.FromResult(ledger.RecordExists);

    public Task<string?> Version() => Task.FromResult(ledger.Etag);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task WriteBehind(string entry)
    {
        // What another activation of this grain would do.
        var storage = ServiceProvider.GetRequiredKeyedService<IGrainStorage>(GrainHost.Storage);
        var state = new GrainState<Ledger>(new Ledger());
        await storage.ReadStateAsync("ledger", this.GetGrainId(), state);
        state.State!.Entries.Add(entry);
        await storage.WriteStateAsync("ledger", this.GetGrainId(), state);
    }

    public async Task<int> WriteTwiceAtOnce()
    {
        ledger.State.Total++;
        var first = ledger.WriteStateAsync();
        ledger.State.Total++;
        await Task.WhenAll(first, ledger.WriteStateAsync());
        await ledger.ReadStateAsync();
        return ledger.State.Total;
    }

    public Task<int> Activation() => Task.FromResult(_activation);

    public Task<string> Second() => Task.FromResult(string.Join(',', second.State.Entries));

    public async Task ChangeSecond(string entry)
    {
        second.State.Entries.Add(entry);
        await second.WriteStateAsync();
    }
}
