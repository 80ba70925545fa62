using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.State;

public sealed class StateTests(UsualHost host)
{
    private const int Deadline = 60_000;

    [Fact(Timeout = Deadline)]
    public async Task Written_state_is_there_when_the_grain_is_activated_again()
    {
        var grain = host.Grains.GetGrain<IStateGrain>(Key.New());
        Assert.Equal("", await grain.SeenAtActivation());
        Assert.False(await grain.Exists());
        await grain.Change("a");
        await grain.Write();
        Assert.True(await grain.Exists());

        await grain.End();

        Assert.Equal("a", await grain.SeenAtActivation());
        Assert.Equal(2, await grain.Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task What_was_not_written_is_lost_and_what_changed_after_writing_is_not_in_storage()
    {
        var grain = host.Grains.GetGrain<IStateGrain>(Key.New());
        await grain.Change("written");
        await grain.Write();
        await grain.Change("forgotten");
        Assert.Equal("written,forgotten", await grain.Entries());

        await grain.Read();
        Assert.Equal("written", await grain.Entries());

        await grain.Change("forgotten");
        await grain.End();
        Assert.Equal("written", await grain.Entries());
    }

    [Fact(Timeout = Deadline)]
    public async Task Cleared_state_is_new_and_can_be_written_again()
    {
        var grain = host.Grains.GetGrain<IStateGrain>(Key.New());
        await grain.Change("a");
        await grain.Write();

        await grain.Clear();

        Assert.Equal("", await grain.Entries());
        Assert.False(await grain.Exists());
        await grain.Change("b");
        await grain.Write();
        await grain.End();
        Assert.Equal("b", await grain.SeenAtActivation());
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_write_makes_another_version()
    {
        var grain = host.Grains.GetGrain<IStateGrain>(Key.New());
        var none = await grain.Version();
        await grain.Write();
        var first = await grain.Version();
        await grain.Write();
        var second = await grain.Version();

        Assert.Null(none);
        Assert.NotNull(first);
        Assert.NotEqual(first, second);
        Assert.Equal(2, await grain.WriteTwiceAtOnce());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_write_over_another_version_is_refused_and_the_next_call_sees_what_is_stored()
    {
        var grain = host.Grains.GetGrain<IStateGrain>(Key.New());
        await grain.Change("mine");
        await grain.Write();
        await grain.WriteBehind("theirs");
        await grain.Change("lost");

        await Assert.ThrowsAsync<InconsistentStateException>(grain.Write);

        Assert.Equal("mine,theirs", await grain.Entries());
        Assert.Equal(2, await grain.Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task Of_two_states_by_one_name_only_the_first_to_write_wins()
    {
        var grain = host.Grains.GetGrain<ITwiceGrain>(Key.New());
        await grain.WriteFirst();

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(grain.WriteSecond);

        Assert.NotEqual(conflict.StoredEtag, conflict.CurrentEtag);
        Assert.Equal("first", await grain.Second());
        await grain.WriteSecond();
        Assert.Equal("first,second", await grain.Second());
    }

    [Fact(Timeout = Deadline)]
    public async Task States_and_storages_are_apart()
    {
        var grain = host.Grains.GetGrain<IStateGrain>(Key.New());
        await grain.ChangeSecond("second");
        await grain.End();

        Assert.Equal("second", await grain.Second());
        Assert.Equal("", await grain.Entries());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_storage_that_is_not_registered_is_named()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(host.Grains.GetGrain<ILostGrain>(Key.New()).Nothing);

        Assert.Contains("no-such-storage", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task State_is_for_the_grains_own_turns() =>
        await Assert.ThrowsAsync<InvalidOperationException>(host.Grains.GetGrain<IOutsideGrain>(Key.New()).TouchOutside);

    [Fact(Timeout = Deadline)]
    public async Task A_storage_of_ones_own_is_a_keyed_service()
    {
        var storage = new OwnStorage();
        await using var own = await GrainHost.StartAsync(
            silo => silo.Services.AddKeyedSingleton<IGrainStorage>(OwnStorage.Name, storage), TestContext.Current.CancellationToken);
        var grain = own.Grains.GetGrain<IOwnStorageGrain>("owner/key");

        await grain.Write("a");

        Assert.Equal("a", await grain.Entries());
        Assert.Equal(["read own ownstorage/owner/key", "write own ownstorage/owner/key"], storage.Operations);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_storage_that_fails_keeps_the_grain_from_activating_until_it_works()
    {
        var storage = new OwnStorage { FailReads = new IOException("No storage today.") };
        await using var own = await GrainHost.StartAsync(
            silo => silo.Services.AddKeyedSingleton<IGrainStorage>(OwnStorage.Name, storage), TestContext.Current.CancellationToken);
        var grain = own.Grains.GetGrain<IOwnStorageGrain>("key");

        var failure = await Assert.ThrowsAnyAsync<Exception>(grain.Entries);
        Assert.Contains("No storage today.", failure.ToString(), StringComparison.Ordinal);

        storage.FailReads = null;
        Assert.Equal("", await grain.Entries());
    }
}
