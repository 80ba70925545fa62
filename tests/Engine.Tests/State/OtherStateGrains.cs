using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.State;

internal interface ITwiceGrain : IGrainWithStringKey
{
    Task WriteFirst();

    Task WriteSecond();

    Task<string> Second();
}

/// <summary>Two states by the same name in the same storage: each is another activation to the other.</summary>
internal sealed class TwiceGrain(
    [PersistentState("same", GrainHost.Storage)] IPersistentState<Ledger> first,
    [PersistentState("same", GrainHost.Storage)] IPersistentState<Ledger> second) : Grain, ITwiceGrain
{
    public Task WriteFirst()
    {
        first.State.Entries.Add("first");
        return first.WriteStateAsync();
    }

    public Task WriteSecond()
    {
        second.State.Entries.Add("second");
        return second.WriteStateAsync();
    }

    public Task<string> Second() => Task.FromResult(string.Join(',', second.State.Entries));
}

internal interface ILostGrain : IGrainWithStringKey
{
    Task Nothing();
}

internal sealed class LostGrain([PersistentState("state", "no-such-storage")] IPersistentState<Ledger> state) : Grain, ILostGrain
{
    public Task Nothing() => Task.FromResult(state.State);
}

internal interface IOutsideGrain : IGrainWithStringKey
{
    Task TouchOutside();
}

internal sealed class OutsideGrain([PersistentState("state", GrainHost.Storage)] IPersistentState<Ledger> state) : Grain, IOutsideGrain
{
    public Task TouchOutside() => Task.Run(() => state.State.Entries.Add("outside"));
}

internal interface IOwnStorageGrain : IGrainWithStringKey
{
    Task<string> Entries();

    Task Write(string entry);
}

internal sealed class OwnStorageGrain([PersistentState("own", OwnStorage.Name)] IPersistentState<Ledger> state) : Grain, IOwnStorageGrain
{
    public Task<string> Entries() => Task.FromResult(string.Join(',', state.State.Entries));

    public Task Write(string entry)
    {
        state.State.Entries.Add(entry);
        return state.WriteStateAsync();
    }
}
