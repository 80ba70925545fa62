using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class DirectoryBlobGrainStorageTests() : BlobGrainStorageTests(StoreKind.Directory);

public sealed class GcsBlobGrainStorageTests() : BlobGrainStorageTests(StoreKind.Gcs);

public sealed class MountedBlobGrainStorageTests() : BlobGrainStorageTests(StoreKind.Mounted);

public abstract class BlobGrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("sandbox", "alice/box-1");
    private readonly TestStore _test;
    private readonly ServiceProvider _services;
    private readonly IGrainStorage _storage;

    protected BlobGrainStorageTests(StoreKind kind)
    {
        _test = new TestStore(kind);
        _services = new ServiceCollection().AddSingleton(_test.Blobs).AddBlobGrainStorage("blobs").BuildServiceProvider();
        _storage = _services.GetRequiredKeyedService<IGrainStorage>("blobs");
    }

    public void Dispose()
    {
        _services.Dispose();
        _test.Dispose();
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
        var blob = await _test.Blobs.FindAsync("alice/grains/sandbox/state/box-1", TestContext.Current.CancellationToken);
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
        Assert.Null(await _test.Blobs.FindAsync("alice/grains/sandbox/state/box-1", TestContext.Current.CancellationToken));
        await _storage.WriteStateAsync("state", Grain, state);
    }

    [Fact]
    public async Task A_state_that_describes_itself_is_described_in_the_listing()
    {
        var state = new GrainState<Described> { State = new Described() };
        await _storage.WriteStateAsync("state", GrainId.Create("t", "owner/described"), state);
        var listed = await _test.Blobs.ListAsync("owner/grains/t/state/", cancellationToken: TestContext.Current.CancellationToken)
            .FirstAsync(TestContext.Current.CancellationToken);
        Assert.Equal("blue", listed.Metadata["colour"]);
    }

    private static GrainState<Counter> New(int number) => new() { State = new Counter { Number = number, Notes = ["a"] } };

    private sealed class Described : IDescribedState
    {
        public IReadOnlyDictionary<string, string> DescribeState() => new Dictionary<string, string> { ["colour"] = "blue" };
    }

    private sealed class Counter
    {
        public int Number { get; set; }

        public List<string> Notes { get; set; } = [];
    }
}
