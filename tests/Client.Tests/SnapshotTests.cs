using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

public sealed class SnapshotTests : ClientTest
{
    [Fact(Timeout = 60_000)]
    public async Task Snapshots_are_taken_listed_by_pages_described_renamed_and_deleted()
    {
        var taken = await Box.SnapshotAsync("one", cancellationToken: Cancel);
        Assert.Equal(("one", 2, "base-one"), (taken.Snapshot.Name, taken.Snapshot.LayerCount, taken.Snapshot.Parent));
        Assert.Equal(["srv/log"], taken.Changed);
        Assert.Equal(["srv/fifo"], taken.LeftOut);
        await Assert.ThrowsAsync<ConflictException>(() => Box.SnapshotAsync("one", cancellationToken: Cancel));
        Assert.Empty((await Box.SnapshotAsync("one", overwrite: true, consistent: true, cancellationToken: Cancel)).Changed);
        foreach (var name in new[] { "two", "three", "four" }) await Box.SnapshotAsync(name, cancellationToken: Cancel);

        await using var client = await Sandbox.ConnectAsync(Server.Address, cancellationToken: Cancel);
        Assert.Equal(["four", "one", "three", "two"], await client.ListSnapshotsAsync(cancellationToken: Cancel).Select(snapshot => snapshot.Name).ToListAsync(Cancel));
        Assert.Equal("two", (await client.GetSnapshotAsync("two", Cancel)).Name);
        await Assert.ThrowsAsync<ConflictException>(() => client.RenameSnapshotAsync("two", "one", Cancel));
        Assert.Equal("five", (await client.RenameSnapshotAsync("two", "five", Cancel)).Name);
        await Assert.ThrowsAsync<NotFoundException>(() => client.GetSnapshotAsync("two", Cancel));
        await client.DeleteSnapshotAsync("five", cancellationToken: Cancel);
        await Assert.ThrowsAsync<NotFoundException>(() => client.GetSnapshotAsync("five", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_snapshot_whose_answer_was_lost_is_not_asked_for_again()
    {
        World.Order("CreateSnapshot", new Fault(After: true));
        await Assert.ThrowsAsync<UnknownOutcomeException>(() => Box.SnapshotAsync("one", cancellationToken: Cancel));
        Assert.Equal(1, World.Calls["CreateSnapshot"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_go_both_ways_with_the_connections_key()
    {
        World.Key = "secret";
        await using var client = await Sandbox.ConnectAsync(Server.Address, new SandboxClientOptions { ApiKey = "secret" }, Cancel);
        var bytes = new byte[3_000_000];
        Random.Shared.NextBytes(bytes);
        Assert.Equal(3_000_000, (await client.ImportSnapshotAsync("file", new MemoryStream(bytes), cancellationToken: Cancel)).Bytes);
        var back = new MemoryStream();
        await client.ExportSnapshotAsync("file", back, Cancel);
        Assert.Equal(bytes, back.ToArray());
        var missing = await Assert.ThrowsAsync<NotFoundException>(() => client.ExportSnapshotAsync("none", back, Cancel));
        Assert.Contains("'none'", missing.Message, StringComparison.Ordinal);
    }
}
