using System.Text;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Hub;

/// <summary>Readers that come back, that are many, that leave.</summary>
public sealed class ResumeTests(SharedGateway shared)
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_comes_back_goes_on_at_its_offset()
    {
        string id;
        var got = new List<byte>();
        Live.LiveProcess process;
        await using (var hub = await HubClient.ConnectAsync(shared.Server))
        {
            (id, var live) = await hub.CreateAsync(shared.Server);
            process = await hub.StartAsync(id, live);
            process.Write(string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i}\n")));
            await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }))
            {
                got.AddRange(item.Data());
                break;
            }
        }

        process.Write("last\n");
        process.End(code: 0);
        await using var again = await HubClient.ConnectAsync(shared.Server);
        await foreach (var item in again.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r", timeline = 1, offset = got.Count }))
        {
            if (item.GetProperty("type").GetString() == "data") got.AddRange(item.Data());
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i}\n")) + "last\n", Encoding.UTF8.GetString([.. got]));
    }

    [Fact(Timeout = Deadline)]
    public async Task Two_viewers_see_the_same()
    {
        await using var one = await HubClient.ConnectAsync(shared.Server);
        await using var other = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await one.CreateAsync(shared.Server);
        var process = await one.StartAsync(id, live);
        var reading = new[] { one, other, one }.Select((hub, i) => ReadAllAsync(hub, id, $"r{i}")).ToList();
        for (var i = 0; i < 100; i++) process.Write($"line {i}\n");
        process.End(code: 0);
        var texts = await Task.WhenAll(reading);
        Assert.Equal(string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i}\n")), texts[0]);
        Assert.All(texts, text => Assert.Equal(texts[0], text));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_acknowledges_gets_megabytes_and_the_program_learns_how_far_it_is()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var process = await hub.StartAsync(id, live);
        var sent = new byte[3_000_001];
        Random.Shared.NextBytes(sent);
        process.Output.Write(sent);
        var got = new List<byte>();
        await using (var items = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }).GetAsyncEnumerator(Cancel))
        {
            while (got.Count < sent.Length)
            {
                Assert.True(await items.MoveNextAsync());
                got.AddRange(items.Current.Data());
                await hub.SendAsync("AckOutput", new { readId = "r", offset = got.Count });
            }

            // Nothing more is there to read, so the last bytes are told of as well.
            while (process.Output.Acknowledged < sent.Length) await Task.Delay(10, Cancel);
        }

        Assert.Equal(sent, got);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_fell_out_of_the_log_is_a_gap_and_the_window_goes_on_behind_it()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        live.LogBytes = 300_000;
        var process = await hub.StartAsync(id, live);
        process.Output.Write(new byte[1_000_000]);
        await using var items = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r", offset = 10 }).GetAsyncEnumerator(Cancel);
        Assert.True(await items.MoveNextAsync());
        Assert.Equal("""{"type":"gap","timeline":1,"from":10,"to":700000,"lostBytes":699990}""", items.Current.GetRawText());
        var got = 0;
        while (got < 262_144)
        {
            Assert.True(await items.MoveNextAsync());
            Assert.Equal(700_000 + got, items.Current.GetProperty("offset").GetInt64());
            got += items.Current.Data().Length;
        }

        Assert.Equal(262_144, got);
        var next = items.MoveNextAsync();
        await hub.CallAsync("ListProcesses", new { sandboxId = id });
        Assert.False(next.IsCompleted);
        await hub.SendAsync("AckOutput", new { readId = "r", offset = 700_000 + got });
        Assert.True(await next);
        got += items.Current.Data().Length;
        while (got < 300_000 && await items.MoveNextAsync()) got += items.Current.Data().Length;
        Assert.Equal(300_000, got);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reading_that_its_grain_ends_too_early_goes_on_where_it_was()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var process = await hub.StartAsync(id, live);
        process.Output.Aborts = 3;
        process.Output.Write(Enumerable.Range(0, 200_000).Select(i => (byte)i).ToArray());
        process.End(code: 0);
        var got = new List<byte>();
        await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }))
        {
            if (item.GetProperty("type").GetString() == "data") got.AddRange(item.Data());
        }

        Assert.Equal(0, process.Output.Aborts);
        Assert.Equal(Enumerable.Range(0, 200_000).Select(i => (byte)i), got);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_whose_connection_ends_reads_no_more_and_one_that_is_cancelled_frees_its_id()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var process = await hub.StartAsync(id, live);
        process.Write("x");
        var request = new { sandboxId = id, processId = "p", readId = "r" };
        await using (var gone = await HubClient.ConnectAsync(shared.Server))
        {
            await using var items = gone.StreamAsync("ReadOutput", request).GetAsyncEnumerator(Cancel);
            Assert.True(await items.MoveNextAsync());
            Assert.Equal(1, process.Output.Readers);
        }

        while (process.Output.Readers > 0) await Task.Delay(10, Cancel);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using (var items = hub.StreamUntilAsync("ReadOutput", request, cancelled.Token).GetAsyncEnumerator(cancelled.Token))
        {
            Assert.True(await items.MoveNextAsync());
            Assert.Equal("conflict", (await hub.FailStreamAsync("ReadOutput", request)).GetProperty("code").GetString());
            await cancelled.CancelAsync();
        }

        while (process.Output.Readers > 0) await Task.Delay(10, Cancel);
        while (true)
        {
            try
            {
                await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r", follow = false }))
                {
                    Assert.NotEqual(default, item.ValueKind);
                }

                return;
            }
            catch (Microsoft.AspNetCore.SignalR.HubException e) when (HubClient.Error(e).GetProperty("code").GetString() == "conflict")
            {
                // The id is freed when the server's side of the reading has ended.
                await Task.Delay(10, Cancel);
            }
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_deletion_ends_its_readers_and_later_ones_learn_that_it_is_gone()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var reading = ReadAllAsync(hub, id, "r");
        await hub.CallAsync("DeleteSandbox", new { id });
        try
        {
            Assert.Equal("", await reading);
        }
        catch (Microsoft.AspNetCore.SignalR.HubException e)
        {
            // It had not begun when the sandbox went.
            Assert.Equal("gone", HubClient.Error(e).GetProperty("code").GetString());
        }

        Assert.Equal("gone", (await hub.FailStreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r2" })).GetProperty("code").GetString());
        Assert.Equal("not_found", (await hub.FailStreamAsync("ReadOutput", new { sandboxId = "missing", processId = "p", readId = "r3" })).GetProperty("code").GetString());
    }

    private static async Task<string> ReadAllAsync(HubClient hub, string id, string readId)
    {
        var got = new List<byte>();
        await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId }))
        {
            if (item.GetProperty("type").GetString() == "data") got.AddRange(item.Data());
        }

        return Encoding.UTF8.GetString([.. got]);
    }
}
