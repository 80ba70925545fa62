using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Link;

/// <summary>The walk of the agent that ships, with sanitizers, over Linux's own overlay.</summary>
public sealed class WalkTests(SanitizedAgent agents) : IClassFixture<SanitizedAgent>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task What_was_written_deleted_and_replaced_comes_as_a_layer_that_can_be_unpacked()
    {
        await using var agent = await agents.StartAsync();
        await RunAsync(agent, "mkdir -p /tmp/w/many; cd /tmp/w; echo one > a; ln a b; ln -s a c; printf '%0255d' 0 | xargs touch; for i in $(seq 2000); do echo $i > many/$i; done");
        var (records, end, layer) = await WalkAsync(agent);
        Assert.Equal((0u, false, true), (end.Error, end.Killed, records.IsWhole));
        Assert.Equal((0, 0), (records.Changed.Count, records.LeftOut.Count));
        Assert.Equal(2000, Directory.GetFiles(Path.Combine(layer, "tmp/w/many")).Length);
        Assert.Equal("one\n", await File.ReadAllTextAsync(Path.Combine(layer, "tmp/w/b"), Test));
        Assert.Equal("a", new FileInfo(Path.Combine(layer, "tmp/w/c")).LinkTarget);

        // Equal files make an equal layer.
        Assert.Equal(await BytesAsync(agent), await BytesAsync(agent));
        await agent.ShutDownAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_that_grow_shrink_vanish_and_become_something_else_under_the_walk_break_nothing()
    {
        await using var agent = await agents.StartAsync();
        await RunAsync(agent, "mkdir /tmp/w; cd /tmp/w; for i in $(seq 50); do head -c 300000 /dev/zero > $i; done");
        const string storm = "cd /tmp/w; echo on; while :; do for i in $(seq 50); do case $((RANDOM % 6)) in 0) head -c 400000 /dev/zero > $i;; 1) : > $i;; 2) rm -rf $i;; 3) rm -rf $i; mkdir $i;; 4) rm -rf $i; ln -s /etc/passwd $i;; 5) rm -rf $i; mkfifo $i;; esac; done; done 2>/dev/null";
        using var beside = await agent.StartAsync(RunningAgent.Shell("storm", $"exec bash -c '{storm}'"));
        await foreach (var _ in beside.ReadOutputAsync(cancellationToken: Test)) break;
        for (var round = 0; round < 5; round++)
        {
            var (records, end, _) = await WalkAsync(agent);
            Assert.Equal((0u, false, true), (end.Error, end.Killed, records.IsWhole));
        }

        await agent.ShutDownAsync();
    }

    private static async Task<byte[]> BytesAsync(RunningAgent agent)
    {
        using var work = agent.Link.StartWork(new WorkRequest(WorkKind.Layer, ReadOnlyMemory<byte>.Empty))!;
        var bytes = new MemoryStream();
        await foreach (var data in work.ReadAsync(Test)) bytes.Write(data);
        return bytes.ToArray();
    }

    private static async Task RunAsync(RunningAgent agent, string script)
    {
        var process = await agent.StartAsync(RunningAgent.Shell(Guid.NewGuid().ToString("n"), script));
        await foreach (var _ in process.ReadOutputAsync(cancellationToken: Test))
        {
        }

        Assert.Equal(0, (await process.Exited).Code);
    }

    private async Task<(WalkRecords Records, WorkEnd End, string Layer)> WalkAsync(RunningAgent agent)
    {
        using var work = agent.Link.StartWork(new WorkRequest(WorkKind.Layer, ReadOnlyMemory<byte>.Empty))!;
        var records = new WalkRecords();
        var tar = new MemoryStream();
        await foreach (var bytes in work.ReadAsync(Test))
        {
            foreach (var piece in records.Take(bytes)) tar.Write(piece.Span);
        }

        var layer = Directory.CreateDirectory(_directory.Below(Guid.NewGuid().ToString("n"))).FullName;
        using var unpacker = new LayerUnpacker(layer, [], new LayerLimits());
        tar.Position = 0;
        unpacker.Unpack(tar, Test);
        return (records, await work.Done, layer);
    }
}
