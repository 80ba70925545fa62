using System.Net;
using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Processes.Output;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Gateway.Tests.Live;

namespace Sandbox.Gateway.Tests.Checkpoints;

/// <summary>Who is attached when a sandbox sleeps, wakes, goes back or is lost.</summary>
public sealed class SleepingReaderTests(SharedGateway shared)
{
    private const int Deadline = 60_000;
    private const int Window = 262_144;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_reader_stays_through_sleeps_wakes_nothing_and_gets_every_byte_once()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var reading = ReadAllAsync(hub, id);

        // One that begins to read would wake it.
        while (live.Process("p").Output.Readers == 0) await Task.Delay(10, Cancel);
        for (var round = 0; round < 4; round++)
        {
            Now(id).Write(new string((char)('a' + round), 100_000));
            await hub.CallAsync("SuspendSandbox", new { id });
            Assert.False(shared.Host.Lives($"default/{id}"));
            await hub.CallAsync("RestoreSandbox", new { id });
        }

        // With nothing to read it waits, and lets the sandbox sleep.
        while (Now(id).Output.Acknowledged < 400_000) await Task.Delay(10, Cancel);
        await hub.CallAsync("SuspendSandbox", new { id });
        for (var i = 0; i < 20; i++)
        {
            await Task.Delay(10, Cancel);
            Assert.False(shared.Host.Lives($"default/{id}"));
        }

        await hub.CallAsync("AttachSandbox", new { id });
        Now(id).End(code: 0);
        var items = await reading;
        var expected = 0L;
        var text = new StringBuilder();
        foreach (var item in items[..^1])
        {
            Assert.Equal(("data", expected), (item.GetProperty("type").GetString(), item.GetProperty("offset").GetInt64()));
            text.Append(Encoding.ASCII.GetString(item.Data()));
            expected += item.Data().Length;
        }

        Assert.Equal(string.Concat("abcd".Select(c => new string(c, 100_000))), text.ToString());
        Assert.Equal("""{"type":"end","timeline":1,"offset":400000,"ended":true}""", items[^1].GetRawText());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_and_a_waiter_go_on_in_the_history_that_a_sandbox_goes_back_to()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).Write("kept ");
        await using var items = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }).GetAsyncEnumerator(Cancel);
        await NextAsync(items, """{"type":"data","timeline":1,"offset":0,"data":"a2VwdCA="}""");
        await using var silent = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "e", channel = "stderr" }).GetAsyncEnumerator(Cancel);
        var nothing = silent.MoveNextAsync();
        while (live.Process("p").Errors.Readers == 0) await Task.Delay(10, Cancel);
        var checkpointId = await CheckpointAsync(hub, id);
        Now(id).Write("lost");
        await NextAsync(items, """{"type":"data","timeline":1,"offset":5,"data":"bG9zdA=="}""");
        await hub.SendAsync("AckOutput", new { readId = "r", offset = 9 });
        while (Now(id).Output.Acknowledged < 9) await Task.Delay(10, Cancel);
        var waiting = hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 50 });
        await hub.CallAsync("RewindSandbox", new { id, checkpointId });
        await NextAsync(items, """{"type":"rewound","timeline":2,"from":9,"to":5}""");
        Assert.True(await nothing);
        Assert.Equal("""{"type":"rewound","timeline":2,"from":0,"to":0}""", silent.Current.GetRawText());

        // What is acknowledged now is of this history.
        Now(id).Write("new");
        await NextAsync(items, """{"type":"data","timeline":2,"offset":5,"data":"bmV3"}""");
        await hub.SendAsync("AckOutput", new { readId = "r", offset = 8 });
        while (Now(id).Output.Acknowledged < 8) await Task.Delay(10, Cancel);
        Assert.False(waiting.IsCompleted);
        Now(id).End(code: 7);
        await NextAsync(items, """{"type":"end","timeline":2,"offset":8,"ended":true}""");
        Assert.Equal(7, (await waiting).GetProperty("process").GetProperty("exit").GetProperty("code").GetInt32());

        // Whoever comes with a cursor of the history that is gone is told the same.
        await using var late = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "l", timeline = 1, offset = 9 }).GetAsyncEnumerator(Cancel);
        await NextAsync(late, """{"type":"rewound","timeline":2,"from":9,"to":5}""");
        await NextAsync(late, """{"type":"data","timeline":2,"offset":5,"data":"bmV3"}""");
        await NextAsync(late, """{"type":"end","timeline":2,"offset":8,"ended":true}""");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_whose_window_is_full_goes_on_behind_a_rewind_when_it_acknowledges_where_that_goes_on()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).Write("kept ");
        await using var items = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }).GetAsyncEnumerator(Cancel);
        Assert.True(await items.MoveNextAsync());
        await hub.SendAsync("AckOutput", new { readId = "r", offset = 5 });
        var checkpointId = await CheckpointAsync(hub, id);
        Now(id).Output.Write(new byte[Window]);
        var got = 5;
        while (got < 5 + Window)
        {
            Assert.True(await items.MoveNextAsync());
            got += items.Current.Data().Length;
        }

        await hub.CallAsync("RewindSandbox", new { id, checkpointId });
        await NextAsync(items, $$"""{"type":"rewound","timeline":2,"from":{{got}},"to":5}""");
        Now(id).Write("new");
        await hub.SendAsync("AckOutput", new { readId = "r", offset = 5 });
        await NextAsync(items, """{"type":"data","timeline":2,"offset":5,"data":"bmV3"}""");
    }

    [Fact(Timeout = Deadline)]
    public async Task What_lay_here_for_a_reader_that_stalled_is_not_passed_on_once_its_history_is_over()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).Write("kept ");
        await using var items = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }).GetAsyncEnumerator(Cancel);
        Assert.True(await items.MoveNextAsync());
        await hub.SendAsync("AckOutput", new { readId = "r", offset = 5 });
        var checkpointId = await CheckpointAsync(hub, id);
        Now(id).Output.Write(new byte[Window + 100_000]);
        var got = 5;
        while (got < 5 + Window)
        {
            Assert.True(await items.MoveNextAsync());
            got += items.Current.Data().Length;
        }

        // The rest has been read already, and waits for the window.
        while (Now(id).Output.Given < Window + 100_000) await Task.Delay(10, Cancel);
        await hub.CallAsync("RewindSandbox", new { id, checkpointId });

        // What the log has given may still be on its way here.
        await Task.Delay(20 * OutputSource.LiesFor, Cancel);
        await hub.SendAsync("AckOutput", new { readId = "r", offset = got });
        await NextAsync(items, $$"""{"type":"rewound","timeline":2,"from":{{got}},"to":5}""");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_of_a_sandbox_that_is_lost_waits_for_it_and_one_without_a_checkpoint_ends()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).Write("kept");
        await CheckpointAsync(hub, id);
        await using var items = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }).GetAsyncEnumerator(Cancel);
        Assert.True(await items.MoveNextAsync());
        live.Lose("Out of memory.");
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = id }))
        {
            if (happened.GetProperty("type").GetString() == "rewound") break;
        }

        // By plain HTTP too, whoever begins to read wakes it.
        Assert.Equal("kept", await shared.Http.GetStringAsync($"/v1/sandboxes/{id}/processes/p/output?follow=false", Cancel));
        await NextAsync(items, """{"type":"rewound","timeline":2,"from":4,"to":4}""");
        Now(id).Write("!");
        await NextAsync(items, """{"type":"data","timeline":2,"offset":4,"data":"IQ=="}""");

        var (other, lost) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(other, lost)).Write("x");
        var reading = ReadAllAsync(hub, other);
        while (lost.Process("p").Output.Acknowledged < 1) await Task.Delay(10, Cancel);
        lost.Lose("Out of memory.");
        Assert.Equal("""{"type":"end","timeline":1,"offset":1,"ended":true}""", (await reading)[^1].GetRawText());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_of_bytes_is_broken_off_by_a_rewind_and_told_of_it_when_it_goes_on()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).Write("kept ");
        var checkpointId = await CheckpointAsync(hub, id);
        var path = $"/v1/sandboxes/{id}/processes/p/output";
        using var response = await shared.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("Sandbox-Output-Timeline")));
        await using var body = await response.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[9];
        Now(id).Write("lost");
        await body.ReadExactlyAsync(buffer, Cancel);

        // A sleep is no end.
        await hub.CallAsync("SuspendSandbox", new { id });
        await hub.CallAsync("RestoreSandbox", new { id });
        Now(id).Write("!");
        await body.ReadExactlyAsync(buffer.AsMemory(0, 1), Cancel);
        Assert.Equal((byte)'!', buffer[0]);
        await hub.CallAsync("RewindSandbox", new { id, checkpointId });
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Cancel));

        Task<JsonElement> Fail(string query) => shared.Http.ProblemAsync(new(HttpMethod.Get, path + query), HttpStatusCode.Conflict, "conflict");
        foreach (var query in new[] { "?offset=10&timeline=1", "?offset=5&timeline=1", "?offset=10" })
        {
            Assert.Equal(5, (await Fail(query)).GetProperty("expected").GetInt64());
        }

        Now(id).Write("new");
        Assert.Equal("new", await shared.Http.GetStringAsync(path + "?offset=5&timeline=2&follow=false", Cancel));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("application/x-ndjson")]
    [InlineData("text/event-stream")]
    public async Task A_reader_of_items_by_http_stays_too(string accept)
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).Write("a");
        var checkpointId = await CheckpointAsync(hub, id);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/sandboxes/{id}/processes/p/output");
        request.Headers.Add("Accept", accept);
        using var response = await shared.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        await UntilAsync(reader, "\"offset\":0");
        await hub.CallAsync("SuspendSandbox", new { id });
        await hub.CallAsync("RestoreSandbox", new { id });
        await hub.CallAsync("RewindSandbox", new { id, checkpointId });
        await UntilAsync(reader, """{"type":"rewound","timeline":2,"from":1,"to":1}""");
        Now(id).End(code: 0);
        await UntilAsync(reader, """{"type":"end","timeline":2,"offset":1,"ended":true}""");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_follower_of_events_stays_through_all_of_it()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/sandboxes/{id}/events");
        request.Headers.Add("Accept", "text/event-stream");
        using var response = await shared.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        await UntilAsync(reader, "event: created");
        await hub.CallAsync("SuspendSandbox", new { id });
        await UntilAsync(reader, "event: suspended");
        Assert.Equal("id: 2", await reader.ReadLineAsync(Cancel));
        await hub.CallAsync("RestoreSandbox", new { id });
        await UntilAsync(reader, "event: restored");
        await hub.CallAsync("RewindSandbox", new { id, checkpointId = (await hub.CallAsync("ListCheckpoints", new { id })).GetProperty("current").GetString() });
        await UntilAsync(reader, "event: rewound");
        await hub.CallAsync("DeleteSandbox", new { id });
        Assert.Contains("event: deleted\n", await reader.ReadToEndAsync(Cancel));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_wait_goes_over_a_sleep_and_one_that_begins_while_it_falls_asleep_waits_too()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var before = hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 50 });
        var hold = new TaskCompletionSource();
        live.HoldCheckpoints = hold.Task;
        var suspending = hub.CallAsync("SuspendSandbox", new { id });
        while ((await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox").GetProperty("status").GetString() != "suspending") await Task.Delay(10, Cancel);

        // Looking goes on meanwhile.
        var during = hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 50 });
        await hub.CallAsync("ListProcesses", new { sandboxId = id });
        await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" });
        hold.SetResult();
        await suspending;
        var asleep = hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 50 });
        await hub.CallAsync("DescribeSandbox", new { id });
        Assert.False(shared.Host.Lives($"default/{id}"));
        await hub.CallAsync("RestoreSandbox", new { id });
        Now(id).End(code: 5);
        foreach (var answer in await Task.WhenAll(before, during, asleep))
        {
            Assert.Equal(5, answer.GetProperty("process").GetProperty("exit").GetProperty("code").GetInt32());
        }
    }

    private static async Task NextAsync(IAsyncEnumerator<JsonElement> items, string expected)
    {
        Assert.True(await items.MoveNextAsync());
        Assert.Equal(expected, items.Current.GetRawText());
    }

    private static async Task UntilAsync(StreamReader reader, string part)
    {
        while (await reader.ReadLineAsync(Cancel) is { } line)
        {
            if (line.Contains(part, StringComparison.Ordinal)) return;
        }

        Assert.Fail($"It ended before {part}");
    }

    private static async Task<List<JsonElement>> ReadAllAsync(HubClient hub, string id)
    {
        var items = new List<JsonElement>();
        await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "all" }))
        {
            items.Add(item);
            if (item.GetProperty("type").GetString() != "data") continue;
            await hub.SendAsync("AckOutput", new { readId = "all", offset = item.GetProperty("offset").GetInt64() + item.Data().Length });
        }

        return items;
    }

    private static async Task<string> CheckpointAsync(HubClient hub, string id) =>
        (await hub.CallAsync("CheckpointSandbox", new { id })).GetProperty("checkpoint").GetProperty("id").GetString()!;

    /// <summary>The program of now: another one after each wake.</summary>
    private LiveProcess Now(string id) => shared.Host.Live($"default/{id}").Process("p");
}
