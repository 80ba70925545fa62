using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Sandboxes that go to storage with their programs and come back.</summary>
[Collection(typeof(OneAtATime))]
public sealed class SleepTests(SharedServer shared, ITestOutputHelper output)
{
    private const int Deadline = 180_000;
    private static readonly string[] Counter = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_viewer_sees_every_line_once_over_five_sleeps_and_only_notices_events()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.StartAsync("count", Counter);
        await sandbox.StartAsync("cat", ["cat"], stdin: true);
        var lines = new LineWitness();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var viewing = lines.ReadAsync(hub.ReadOutputUntilAsync(sandbox.Id, "count", "stdout", 0, stop.Token));
        for (var sleep = 0; sleep < 5; sleep++)
        {
            await lines.UntilAsync(lines.Count + 20);
            var began = Stopwatch.GetTimestamp();
            Assert.Equal("suspended", (await hub.CallAsync("SuspendSandbox", new { id = sandbox.Id })).Status());
            var suspended = Stopwatch.GetElapsedTime(began);
            Assert.Equal("suspended", (await hub.CallAsync("DescribeSandbox", new { id = sandbox.Id })).Status());
            began = Stopwatch.GetTimestamp();
            await hub.CallAsync("WriteInput", new { sandboxId = sandbox.Id, processId = "cat", offset = 4 * sleep, data = Convert.ToBase64String("abc\n"u8) });
            output.WriteLine($"suspended in {suspended.TotalMilliseconds:0} ms, awake in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
        }

        await hub.CallAsync("EndInput", new { sandboxId = sandbox.Id, processId = "cat", offset = 20 });
        Assert.Equal("abc\nabc\nabc\nabc\nabc\n", Encoding.ASCII.GetString(await sandbox.OutputAsync("cat")));
        await lines.UntilAsync(lines.Count + 20);
        await hub.CallAsync("SignalProcess", new { sandboxId = sandbox.Id, processId = "count", signal = "TERM", group = true });
        Assert.Equal("killed", (await sandbox.ExitAsync("count")).Text("reason"));
        await viewing;
        var types = new List<string>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = sandbox.Id, follow = false })) types.Add(happened.Type());
        Assert.Equal(5, types.Count(type => type == "suspended"));
        Assert.Equal(5, types.Count(type => type == "restored"));
        Assert.DoesNotContain("rewound", types);
    }

    [Fact(Timeout = Deadline)]
    public async Task Forks_of_a_running_interpreter_share_its_past_and_nothing_else()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.StartAsync("py", ["python3", "-q", "-i", "-u"], stdin: true);
        await TypeAsync(hub, sandbox.Id, 0, "import os; past = 41; print('re' + 'ady')\n");
        await ShowsAsync(hub, sandbox.Id, "ready\n");
        var forks = (await hub.CallAsync("ForkSandbox", new { id = sandbox.Id, count = 3 })).GetProperty("sandboxes").EnumerateArray().ToList();
        Assert.Equal(3, forks.Select(fork => fork.Text("token")).Distinct().Count());
        string[] ids = [sandbox.Id, .. forks.Select(fork => fork.GetProperty("sandbox").Text("id"))];
        var typed = (await hub.CallAsync("DescribeProcess", new { sandboxId = sandbox.Id, processId = "py" })).GetProperty("process").GetProperty("stdinOffset").GetInt64();
        var told = new List<string>();
        foreach (var id in ids)
        {
            const string Ask = "past += 1; print(past, os.urandom(8).hex(), open('/run/sandbox/generation').read().strip(), 'to' + 'ld')\n";
            await TypeAsync(hub, id, typed, Ask);
            told.Add((await ShowsAsync(hub, id, "told\n")).Split('\n')[^2]);
        }

        Assert.All(told, one => Assert.StartsWith("42 ", one, StringComparison.Ordinal));
        Assert.Equal(4, told.Select(one => one.Split(' ')[1]).Distinct().Count());
        Assert.Equal(4, told.Select(one => one.Split(' ')[2]).Distinct().Count());
        foreach (var id in ids.Skip(1)) await hub.DeleteAsync(id);
    }

    [Fact(Timeout = Deadline)]
    public async Task Going_back_undoes_files_and_programs_and_tells_readers()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.StartAsync("count", Counter);
        var lines = new LineWitness();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var items = new List<JsonElement>();
        var viewing = lines.ReadAsync(hub.ReadOutputUntilAsync(sandbox.Id, "count", "stdout", 0, stop.Token), items.Add);
        await lines.UntilAsync(20);
        Assert.Equal("", await sandbox.RunAsync("sh", "-c", "echo first > file"));
        var checkpoint = (await hub.CallAsync("CheckpointSandbox", new { id = sandbox.Id, label = "good" })).GetProperty("checkpoint").Text("id");
        Assert.Equal("", await sandbox.RunAsync("sh", "-c", "echo second > file"));
        await lines.UntilAsync(lines.Count + 20);

        var back = (await hub.CallAsync("RewindSandbox", new { id = sandbox.Id, checkpointId = checkpoint })).GetProperty("sandbox");
        Assert.Equal(("running", 2), (back.Text("status"), back.GetProperty("timeline").GetInt64()));
        Assert.Equal("first\n", await sandbox.RunAsync("cat", "file"));
        while (!items.Exists(item => item.Type() == "rewound")) await Task.Delay(10, Cancel);
        var rewound = items.Find(item => item.Type() == "rewound");
        Assert.Equal(2, rewound.GetProperty("timeline").GetInt64());
        Assert.True(rewound.GetProperty("to").GetInt64() < rewound.GetProperty("from").GetInt64());
        await hub.CallAsync("KillProcess", new { sandboxId = sandbox.Id, processId = "count" });
        await viewing;
    }

    [Fact(Timeout = Deadline)]
    public async Task An_idle_sandbox_goes_to_sleep_and_the_next_call_finds_its_files()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub, new { idleTimeout = 1, onIdle = "suspend" });
        await sandbox.RunAsync("sh", "-c", "echo kept > file");
        while ((await hub.CallAsync("DescribeSandbox", new { id = sandbox.Id })).Status() != "suspended") await Task.Delay(50, Cancel);
        Assert.Equal("kept\n", await sandbox.RunAsync("cat", "file"));
    }

    private static Task<JsonElement> TypeAsync(HubClient hub, string id, long offset, string text) => hub.CallAsync(
        "WriteInput", new { sandboxId = id, processId = "py", offset, data = Convert.ToBase64String(Encoding.ASCII.GetBytes(text)) });

    private static async Task<string> ShowsAsync(HubClient hub, string id, string text)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var shown = new StringBuilder();
        await foreach (var item in hub.ReadOutputUntilAsync(id, "py", "stdout", 0, stop.Token))
        {
            if (item.Type() == "data") shown.Append(Encoding.ASCII.GetString(item.Data()));
            if (shown.ToString().EndsWith(text, StringComparison.Ordinal)) break;
        }

        return shown.ToString();
    }
}
