using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Readers of output: several, slow ones, and of much.</summary>
[Collection(typeof(OneAtATime))]
public sealed class OutputTests(SharedServer shared, ITestOutputHelper output)
{
    private const int Deadline = 300_000;
    private const int MegabytesAllowed = 150;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Two_viewers_of_one_process_see_the_same_bytes()
    {
        await using var first = await HubClient.ConnectAsync(shared.Server.Address);
        await using var second = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(first);
        await sandbox.StartAsync("p", ["seq", "1", "300000"]);
        var seen = await Task.WhenAll(new[] { first, second }.Select(async hub =>
        {
            using var bytes = new MemoryStream();
            await foreach (var item in hub.ReadOutputAsync(sandbox.Id, "p"))
            {
                if (item.Type() == "data") bytes.Write(item.Data());
            }

            return bytes.ToArray();
        }));
        Assert.Equal(string.Concat(Enumerable.Range(1, 300_000).Select(i => $"{i}\n")), System.Text.Encoding.ASCII.GetString(seen[0]));
        Assert.Equal(seen[0], seen[1]);
    }

    [Fact(Timeout = Deadline)]
    public async Task Much_output_of_one_process_costs_neither_server_nor_client_memory()
    {
        var megabytes = int.Parse(Environment.GetEnvironmentVariable("SANDBOX_TEST_OUTPUT_MEGABYTES") ?? "128", CultureInfo.InvariantCulture);
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        // Each 8 bytes say where they stand.
        await sandbox.PythonAsync("p", $"""
            import array, sys
            out = open(1, 'wb', buffering=0)
            for megabyte in range({megabytes}):
                block = memoryview(array.array('Q', range(megabyte << 17, megabyte + 1 << 17))).cast('B')
                while block: block = block[out.write(block):]
            """, onFull: "block");
        using var watch = new MemoryWatch(shared.Server.ProcessId, Environment.ProcessId);
        var began = Stopwatch.GetTimestamp();
        long at = 0;
        await foreach (var item in hub.ReadOutputAsync(sandbox.Id, "p"))
        {
            Assert.Equal(at, item.Offset());
            if (item.Type() != "data") continue;
            at = Check(item.Data(), at);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var grown = watch.GrownMegabytes;
        output.WriteLine($"{megabytes} MB in {seconds:0.0} s, {megabytes / seconds:0} MB/s; grown by {grown[0]} MB (server), {grown[1]} MB (client)");
        Assert.Equal((long)megabytes << 20, at);
        Assert.InRange(grown[0], 0, MegabytesAllowed);
        Assert.InRange(grown[1], 0, MegabytesAllowed);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_stalls_on_a_flood_keeps_no_keystroke_of_its_connection_waiting()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.StartAsync("flood", ["yes"]);
        await sandbox.StartAsync("typed", ["cat"], terminal: new { });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        long stalled = 0;
        var flood = Task.Run(async () =>
        {
            // Never acknowledges.
            await foreach (var item in hub.StreamAsync("ReadOutput", new { sandboxId = sandbox.Id, processId = "flood", readId = "stalls" }, over.Token))
            {
                if (item.Type() == "data") Interlocked.Add(ref stalled, item.Data().Length);
            }
        }, Cancel);
        while (Interlocked.Read(ref stalled) < 262_144) await Task.Delay(10, Cancel);

        var times = new List<double>();
        await using (var echoes = hub.ReadOutputAsync(sandbox.Id, "typed", "terminal").GetAsyncEnumerator(Cancel))
        {
            for (var i = 0; i < 100; i++)
            {
                var began = Stopwatch.GetTimestamp();
                await hub.CallAsync("WriteInput", new { sandboxId = sandbox.Id, processId = "typed", offset = i, data = "x"u8.ToArray() });
                Assert.True(await echoes.MoveNextAsync());
                Assert.Equal("x"u8.ToArray(), echoes.Current.Data());
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            await over.CancelAsync();
        }

        times.Sort();
        output.WriteLine($"echo: median {times[50]:0.0} ms, 95% {times[95]:0.0} ms, worst {times[^1]:0.0} ms");
        Assert.InRange(times[50], 0, 100);
        Assert.Equal(262_144, Interlocked.Read(ref stalled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flood);
        var process = (await hub.CallAsync("KillProcess", new { sandboxId = sandbox.Id, processId = "flood" })).GetProperty("process");
        Assert.InRange(Stdout(process).Offset(), 262_144L * 2, long.MaxValue);
    }

    private static JsonElement Stdout(JsonElement process) =>
        process.GetProperty("channels").EnumerateArray().Single(channel => channel.Text("name") == "stdout");

    private static long Check(byte[] data, long at)
    {
        foreach (var one in data)
        {
            if (one != (byte)((at >> 3) >> (int)((at & 7) << 3))) Assert.Fail($"The byte at {at} is {one}.");
            at++;
        }

        return at;
    }
}
