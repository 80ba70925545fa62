using System.Diagnostics;
using Sandbox.CloudStorage;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>Servers whose blobs are in Cloud Storage: the tests' own, which keeps to its rates and loses answers.</summary>
public sealed class BucketTests(ITestOutputHelper output)
{
    private const string Id = "moved";

    [Fact(Timeout = 240_000)]
    public async Task A_sandbox_lives_sleeps_survives_a_restart_and_moves_between_servers_that_share_a_bucket()
    {
        await using var storage = await CloudStorageServer.StartAsync();
        var bucket = storage.CreateBucket("sandboxes");
        bucket.IsPrivate = true;
        bucket.WriteInterval = TimeSpan.FromSeconds(1);
        var keyFile = Path.GetTempFileName();
        storage.Tokens.WriteKeyFile(keyFile, storage.Address);
        await using var store = new SharedStore(
            "gs://sandboxes/servers", "--Gcs:Endpoint", storage.Address.ToString(), "--Gcs:KeyFile", keyFile,
            "--Lease:Length", "00:00:15", "--Lease:Margin", "00:00:02");
        int read;
        await using (var one = await store.StartAsync(store.One))
        {
            // The template that this machine has is there for all now.
            Assert.Contains(bucket.Objects, item => item.Name == "servers/templates/base");
            await using var hub = await HubClient.ConnectAsync(one.Address);
            var began = Stopwatch.GetTimestamp();
            await hub.CallAsync("CreateSandbox", new { id = Id });
            await NumberedLines.StartAsync(hub, Id);
            read = await NumberedLines.ReadAsync(hub, Id, 20);
            Say("created and started", began);
            began = Stopwatch.GetTimestamp();
            Assert.Equal("suspended", (await hub.CallAsync("SuspendSandbox", new { id = Id })).Status());
            Say("suspended", began);
            var listed = (await hub.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray().Single();
            Assert.Equal(("suspended", Id), (listed.Text("status"), listed.Text("id")));
            began = Stopwatch.GetTimestamp();
            read = await NumberedLines.ReadAsync(hub, Id, read + 20);
            Say("awake", began);
            Assert.Equal(0, await one.StopAsync());
        }

        // Answers that are lost and writes that fail change nothing but the time it takes.
        foreach (var kind in new[] { FaultKind.DropAfter, FaultKind.Slow, FaultKind.StatusAfter, FaultKind.Slow, FaultKind.DropAfter })
        {
            bucket.Add(new Fault(kind, "POST /upload"));
            bucket.Add(new Fault(kind, "GET"));
        }

        await using (var one = await store.StartAsync(store.One))
        await using (var two = await store.StartAsync(store.Two))
        await using (var atOne = await HubClient.ConnectAsync(one.Address))
        await using (var atTwo = await HubClient.ConnectAsync(two.Address))
        {
            read = await NumberedLines.ReadAsync(atOne, Id, read + 20);
            var began = Stopwatch.GetTimestamp();
            read = await NumberedLines.ReadAsync(atTwo, Id, read + 20);
            Say("handed over", began);
            await NumberedLines.ReadAsync(atOne, Id, read + 20);
            Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(atOne, Id));
            await atOne.DeleteAsync(Id);
        }

        Assert.Equal(0, bucket.FaultsLeft);
        Assert.DoesNotContain(bucket.Objects, item => item.Name.Contains("/parts/", StringComparison.Ordinal) || item.Name.Contains("/checkpoints/", StringComparison.Ordinal));
        output.WriteLine($"{bucket.Requests.Count} requests, {bucket.Refused} too soon");
        File.Delete(keyFile);

        void Say(string what, long began) => output.WriteLine($"{what} after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }
}
