using System.Text;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Faults;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Faults;

/// <summary>Faults on demand, by which others are tested.</summary>
public sealed class FaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void An_order_names_a_point_and_what_the_store_does()
    {
        Assert.Equal(FaultOrder.None, FaultOrder.Parse(" \n"));
        Assert.Equal(new FaultOrder(FaultPoint.CheckpointStored, StoreFault.None), FaultOrder.Parse("CheckpointStored\n"));
        Assert.Equal(new FaultOrder(FaultPoint.HoldEnding, StoreFault.Hangs), FaultOrder.Parse("Hangs HoldEnding"));
        Assert.Contains("'Sleeps'", Assert.Throws<FormatException>(() => FaultOrder.Parse("Hangs Sleeps")).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 10_000)]
    public async Task A_store_does_what_it_is_told_call_by_call()
    {
        var fault = StoreFault.None;
        using var directory = new TemporaryDirectory();
        using var blobs = DirectoryBlobStore.Open(directory.Path, TimeProvider.System);
        var store = new FaultyBlobStore(blobs, () => fault);
        Assert.NotNull(await PutAsync());
        fault = StoreFault.Full;
        Assert.Equal(28, (await Assert.ThrowsAsync<IOException>(PutAsync)).HResult);
        Assert.NotNull(await store.FindAsync("owner/a", Token));
        fault = StoreFault.Fails;
        await Assert.ThrowsAsync<IOException>(() => store.FindAsync("owner/a", Token));
        fault = StoreFault.Hangs;
        using var giveUp = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.FindAsync("owner/a", giveUp.Token));
        var waiting = store.FindAsync("owner/a", Token);
        Assert.False(waiting.IsCompleted);
        fault = StoreFault.None;
        Assert.NotNull(await waiting);

        Task<BlobProperties?> PutAsync() => store.PutAsync("owner/a", new MemoryStream(Encoding.ASCII.GetBytes("a")), BlobPutOptions.Overwrite, Token);
    }

    [Fact]
    public void A_clock_that_is_wrong_measures_time_as_any_other()
    {
        var clock = new OffsetClock(TimeSpan.FromMinutes(-7));
        Assert.InRange(clock.GetUtcNow() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(-7.5), TimeSpan.FromMinutes(-6.5));
        Assert.InRange(clock.GetElapsedTime(TimeProvider.System.GetTimestamp()), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
