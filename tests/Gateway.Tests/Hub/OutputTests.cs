using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Hub;

/// <summary>Reading output over the hub.</summary>
public sealed class OutputTests(SharedGateway shared)
{
    private const int Deadline = 60_000;
    private const int Window = 262_144;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task What_a_program_writes_is_read_to_its_end()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var process = await hub.StartAsync(id, live);
        process.Write("hello ");
        await hub.CallAsync("WriteInput", new { sandboxId = id, processId = "p", offset = 0, data = Convert.ToBase64String("world"u8) });
        process.End(code: 3);
        var items = new List<JsonElement>();
        await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" })) items.Add(item);
        Assert.Equal("hello world", Encoding.UTF8.GetString([.. items[..^1].SelectMany(item => item.Data())]));
        Assert.Equal("""{"type":"end","timeline":1,"offset":11,"ended":true}""", items[^1].GetRawText());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_never_acknowledges_gets_its_window_and_a_keystroke_on_its_connection_goes_through()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var loud = await hub.StartAsync(id, live, "loud");
        loud.Output.Write(new byte[3 * Window]);
        await hub.StartAsync(id, live, "typed");

        await using var stalled = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "loud", readId = "stalled" }).GetAsyncEnumerator(Cancel);
        var got = 0;
        while (got < Window)
        {
            Assert.True(await stalled.MoveNextAsync());
            Assert.Equal(got, stalled.Current.GetProperty("offset").GetInt64());
            got += stalled.Current.Data().Length;
        }

        Assert.Equal(Window, got);
        var next = stalled.MoveNextAsync().AsTask();

        // Whatever else is sent now comes behind what the stalled reader would have been sent.
        await using var echo = hub.StreamAsync("ReadOutput", new { sandboxId = id, processId = "typed", readId = "echo" }).GetAsyncEnumerator(Cancel);
        for (var i = 0; i < 20; i++)
        {
            await hub.CallAsync("WriteInput", new { sandboxId = id, processId = "typed", offset = i, data = Convert.ToBase64String("k"u8) });
            Assert.True(await echo.MoveNextAsync());
            Assert.Equal("k"u8.ToArray(), echo.Current.Data());
            await hub.SendAsync("AckOutput", new { readId = "echo", offset = i + 1 });
        }

        Assert.False(next.IsCompleted);
        Assert.InRange(loud.Output.Given, Window, (2 * Window) - 1);
        await hub.SendAsync("AckOutput", new { readId = "stalled", offset = 1 });
        Assert.True(await next);
        Assert.Single(stalled.Current.Data());
    }
}
