using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Tests.Holding;

namespace Sandbox.Silo.Tests.Checkpoints;

/// <summary>The one order of things that random numbers find too seldom.</summary>
public sealed class PartStoreTests
{
    private static readonly CheckpointPart _part = new("a", 1, LayerDigest.OfText("x"));
    private static readonly string _name = CheckpointNames.Part("alice", _part.Digest);

    [Fact(Timeout = 30_000)]
    public Task A_deleter_that_stands_still_cannot_delete_what_a_sweeper_has_given_to_a_saver()
    {
        using var loop = new StepLoop();
        var blobs = new MemoryBlobs();
        blobs.Put(_name, "x"u8.ToArray(), new());
        var random = new Random(1);

        // It has noted the part, condemned it and seen no reference: the deletion comes next.
        var deleting = new PartStore(blobs.For(loop, "deleter")).CollectAsync("alice", _part.Digest, TestContext.Current.CancellationToken);
        Requests("deleter", 4);
        var keeping = new PartStore(blobs.For(loop, "saver")).KeepAsync(
            "alice", _part, "box", CheckpointId.New(default), () => new MemoryStream("x"u8.ToArray()), TestContext.Current.CancellationToken);
        Requests("saver", 1);
        var left = blobs.All[CheckpointNames.Condemned("alice", _part.Digest)].Properties;
        var sweeping = new PartStore(blobs.For(loop, "sweeper")).TakeOverAsync("alice", _part.Digest, left, TestContext.Current.CancellationToken);
        All("sweeper", sweeping);
        Assert.DoesNotContain(left.Name, blobs.All.Keys);
        All("saver", keeping);
        All("deleter", deleting);
        Assert.Contains(_name, blobs.All.Keys);
        return Task.CompletedTask;

        void Requests(string actor, int count)
        {
            for (var gate = 0; gate < 2 * count; gate++) Assert.True(loop.Step(random, other => other.EndsWith(actor, StringComparison.Ordinal)));
        }

        void All(string actor, Task task)
        {
            while (loop.Step(random, other => other.EndsWith(actor, StringComparison.Ordinal)))
            {
            }

            loop.Run(task);
        }
    }
}
