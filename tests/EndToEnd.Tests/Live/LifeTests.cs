using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>What happens in a sandbox's life, asked for and by itself.</summary>
[Collection(typeof(OneAtATime))]
public sealed class LifeTests(SharedServer shared)
{
    private const int Deadline = 180_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_paused_sandbox_stands_still_and_goes_on_where_it_was()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        var id = sandbox.Id;
        await sandbox.PythonAsync("p", "import time\nwhile True:\n print('x')\n time.sleep(0.01)");
        while (await OffsetAsync(hub, id) == 0) await Task.Delay(20, Cancel);

        Assert.Equal("paused", (await hub.CallAsync("PauseSandbox", new { id })).Status());
        Assert.Equal("paused", (await hub.CallAsync("PauseSandbox", new { id })).Status());
        // What was on its way has come once it stands still for a moment; then it stands still for long.
        var offset = await OffsetAsync(hub, id);
        for (var before = -1L; before != offset; offset = await OffsetAsync(hub, id))
        {
            before = offset;
            await Task.Delay(300, Cancel);
        }

        await Task.Delay(1000, Cancel);
        Assert.Equal(offset, await OffsetAsync(hub, id));
        var error = await hub.FailAsync("StartProcess", new { sandboxId = id, argv = new[] { "true" } });
        Assert.Equal(("conflict", "paused"), (error.Text("code"), error.Text("status")));

        Assert.Equal("running", (await hub.CallAsync("ResumeSandbox", new { id })).Status());
        Assert.Equal("running", (await hub.CallAsync("ResumeSandbox", new { id })).Status());
        while (await OffsetAsync(hub, id) == offset) await Task.Delay(20, Cancel);
        await hub.CallAsync("KillProcess", new { sandboxId = id, processId = "p" });
        Assert.Equal(["created", "process_started", "paused", "resumed"], (await EventsAsync(hub, id, follow: false)).Select(Items.Type).Take(4));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_idle_sandbox_is_warned_and_deleted_counting_from_the_end_of_its_last_program()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub, new { idleTimeout = 3 });
        await sandbox.StartAsync("p", ["sleep", "4"]);
        var events = await EventsAsync(hub, sandbox.Id, follow: true);
        Assert.Equal(["created", "process_started", "process_exited", "idle_warning", "deleting", "deleted"], events.Select(Items.Type));
        Assert.Equal(Enumerable.Range(1, 6), events.Select(happened => happened.GetProperty("sequence").GetInt32()));
        var (exited, warned, deleting) = (Time(events[2]), Time(events[3]), Time(events[4]));
        Assert.InRange((deleting - exited).TotalSeconds, 2.9, 20);
        Assert.InRange((deleting - warned).TotalSeconds, 0.5, 20);
        Assert.InRange((events[3].GetProperty("at").GetDateTimeOffset() - exited).TotalSeconds, 2.9, 3.5);
        var gone = (await hub.CallAsync("DescribeSandbox", new { id = sandbox.Id })).GetProperty("sandbox");
        Assert.Equal(("deleted", "It was idle for 3 s."), (gone.Text("status"), gone.Text("reason")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_lifetime_ends_a_sandbox_also_while_a_program_runs()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub, new { lifetime = 3, keepAlive = true });
        await sandbox.StartAsync("p", ["sleep", "100"]);
        Assert.Equal(sandbox.Description.GetProperty("created").GetDateTimeOffset().AddSeconds(3), sandbox.Description.GetProperty("expires").GetDateTimeOffset());
        var events = await EventsAsync(hub, sandbox.Id, follow: true);
        Assert.Equal("deleted", events[^1].Type());
        Assert.DoesNotContain(events, happened => happened.Type() == "idle_warning");
        Assert.InRange((Time(events.Single(happened => happened.Type() == "deleting")) - Time(events[0])).TotalSeconds, 1, 20);
        var ended = events.Single(happened => happened.Type() == "process_exited").GetProperty("exit");
        Assert.Equal("sandbox_ended", ended.Text("reason"));
        Assert.Equal("gone", (await hub.FailAsync("StartProcess", new { sandboxId = sandbox.Id, argv = new[] { "true" } })).Text("code"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Lists_are_filtered_by_labels_and_paged_by_rest()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        var run = Guid.NewGuid().ToString("n");
        string[] ids = [.. Enumerable.Range(0, 4).Select(i => $"list-{i}-{run[..8]}")];
        var sandboxes = await Task.WhenAll(ids.Select((id, i) => TestSandbox.CreateAsync(hub, new { id, labels = new { run, parity = $"{i % 2}" } })));
        try
        {
            Assert.Equal(ids, await PagesAsync($"label=run={run}&limit=3", pages: 2));
            Assert.Equal(ids, await PagesAsync($"label=run={run}&limit=1", pages: 4));
            Assert.Equal([ids[1], ids[3]], await PagesAsync($"label=run={run}&label=parity=1", pages: 1));
            Assert.Empty(await PagesAsync($"label=run={run}&label=parity=2", pages: 1));
            await sandboxes[1].DisposeAsync();
            Assert.Equal([ids[3]], await PagesAsync($"label=run={run}&label=parity=1", pages: 1));
        }
        finally
        {
            foreach (var sandbox in sandboxes) await sandbox.DisposeAsync();
        }
    }

    private async Task<string[]> PagesAsync(string query, int pages)
    {
        var found = new List<string>();
        var (after, asked) = ((string?)null, 0);
        do
        {
            var text = await shared.Http.GetStringAsync($"/v1/sandboxes?{query}{(after is null ? "" : $"&after={after}")}", Cancel);
            var page = JsonDocument.Parse(text).RootElement;
            found.AddRange(page.GetProperty("sandboxes").EnumerateArray().Select(sandbox => sandbox.Text("id")));
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
            asked++;
        }
        while (after is not null);
        Assert.InRange(asked, pages, pages + 1);
        return [.. found];
    }

    private static async Task<long> OffsetAsync(HubClient hub, string sandboxId)
    {
        var process = (await hub.CallAsync("DescribeProcess", new { sandboxId, processId = "p" })).GetProperty("process");
        return process.GetProperty("channels").EnumerateArray().Single(channel => channel.Text("name") == "stdout").Offset();
    }

    private static DateTimeOffset Time(JsonElement happened) => happened.GetProperty("time").GetDateTimeOffset();

    private static async Task<List<JsonElement>> EventsAsync(HubClient hub, string sandboxId, bool follow)
    {
        var events = new List<JsonElement>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId, follow })) events.Add(happened);
        return events;
    }
}
