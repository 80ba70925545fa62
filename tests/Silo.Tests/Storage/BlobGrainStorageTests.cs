using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class BlobGrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("sandbox", "alice/box-1");
    private readonly TemporaryDirectory _directory = new();
    private readonly DirectoryBlobStore _store;
    private readonly ServiceProvider _services;
    private readonly IGrainStorage _storage;

    public BlobGrainStorageTests()
    {
        _store = DirectoryBlobStore.Open(_directory.Path, TimeProvider.System);
        _services = new ServiceCollection().AddSingleton<IBlobStore>(_store).AddBlobGrainStorage("blobs").BuildServiceProvider();
        _storage = _services.GetRequiredKeyedService<IGrainStorage>("blobs");
    }

    public void Dispose()
    {
        _services.Dispose();
        _store.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_state_that_was_never_written_is_new()
    {
        var state = new GrainState<Counter> { State = new Counter { Number = 7 }, ETag = "old", RecordExists = true };
        await _storage.ReadStateAsync("state", Grain, state);
        Assert.Equal((0, null, false), (state.State!.Number, state.ETag, state.RecordExists));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_written_state_is_read_back_from_the_owners_blob()
    {
        var state = New(5);
        await _storage.WriteStateAsync("state", Grain, state);
        var blob = await _store.FindAsync("alice/grains/sandbox/box-1/state", TestContext.Current.CancellationToken);
        Assert.Equal(blob!.Generation, state.ETag);
        Assert.True(state.RecordExists);

        var read = new GrainState<Counter>();
        await _storage.ReadStateAsync("state", Grain, read);
        Assert.Equal((5, state.ETag, true), (read.State!.Number, read.ETag, read.RecordExists));
        Assert.Equal(["a"], read.State.Notes);
    }

    [Fact(Timeout = 30_000)]
    public async Task Of_two_activations_one_writes_and_the_other_is_told()
    {
        var one = New(1);
        var two = New(2);
        await _storage.WriteStateAsync("state", Grain, one);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Grain, two));

        await _storage.ReadStateAsync("state", Grain, two);
        await _storage.WriteStateAsync("state", Grain, two);
        var refused = await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Grain, one));
        Assert.Equal(two.ETag, refused.StoredEtag);
        Assert.Equal(one.ETag, refused.CurrentEtag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("state", Grain, one));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("state", Grain, New(0)));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_cleared_state_is_gone_and_can_be_written_anew()
    {
        var state = New(1);
        await _storage.ClearStateAsync("state", Grain, state);
        state = New(1);
        await _storage.WriteStateAsync("state", Grain, state);
        await _storage.ClearStateAsync("state", Grain, state);
        Assert.Equal((0, null, false), (state.State!.Number, state.ETag, state.RecordExists));
        Assert.Null(await _store.FindAsync("alice/grains/sandbox/box-1/state", TestContext.Current.CancellationToken));
        await _storage.WriteStateAsync("state", Grain, state);
    }

    [Theory]
    [InlineData("alice/box", "alice/grains/t/box/s")]
    [InlineData("lonely", "system/grains/t/lonely/s")]
    [InlineData("alice/", "alice/grains/t/=/s")]
    [InlineData("alice/a/b", "alice/grains/t/a=2fb/s")]
    [InlineData("alice/..", "alice/grains/t/=2e./s")]
    [InlineData("../x", "=2e./grains/t/x/s")]
    [InlineData("alice/a=2fb", "alice/grains/t/a=3d2fb/s")]
    [InlineData("alice/ü b", "alice/grains/t/=c3=bc=20b/s")]
    [InlineData("/x", "=/grains/t/x/s")]
    public void A_key_becomes_a_valid_name_of_its_own(string key, string expected) =>
        Assert.Equal(expected, GrainBlobName.Of(GrainId.Create("t", key), "s"));

    [Fact]
    public void Long_keys_stay_apart()
    {
        var one = GrainBlobName.Of(GrainId.Create(new string('t', 300), "o/" + new string('x', 500) + "1"), new string('s', 300));
        var two = GrainBlobName.Of(GrainId.Create(new string('t', 300), "o/" + new string('x', 500) + "2"), new string('s', 300));
        Assert.NotEqual(one, two);
        Assert.True(BlobName.IsValid(one));
    }

    [Theory]
    [InlineData("layers/x")]
    [InlineData("templates/x")]
    [InlineData("system/x")]
    public void A_reserved_word_is_no_owner(string key) => Assert.Throws<ArgumentException>(() => GrainBlobName.Of(GrainId.Create("t", key), "s"));

    private static GrainState<Counter> New(int number) => new() { State = new Counter { Number = number, Notes = ["a"] } };

    private sealed class Counter
    {
        public int Number { get; set; }

        public List<string> Notes { get; set; } = [];
    }
}
