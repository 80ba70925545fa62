using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Tests.Hub;

/// <summary>Sandboxes, processes and events over the hub, with the real grains.</summary>
public sealed class SandboxCallTests(SharedGateway shared)
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_creation_fills_in_what_it_leaves_out_and_twice_gives_the_same_sandbox()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var id = SandboxSteps.NewId();
        var created = await hub.CallAsync("CreateSandbox", new { id, labels = new { kind = "test" } });
        Assert.True(created.GetProperty("created").GetBoolean());
        Assert.StartsWith("default.", created.GetProperty("token").GetString());
        var sandbox = created.GetProperty("sandbox");
        Assert.Equal("running", sandbox.GetProperty("status").GetString());
        Assert.Equal("base", sandbox.GetProperty("template").GetString());
        Assert.Equal("user", sandbox.GetProperty("user").GetString());
        Assert.Equal("/home/user", sandbox.GetProperty("cwd").GetString());
        Assert.Equal(300, sandbox.GetProperty("idleTimeout").GetDouble());
        Assert.Equal("delete", sandbox.GetProperty("onIdle").GetString());
        Assert.False(sandbox.GetProperty("keepAlive").GetBoolean());
        Assert.False(sandbox.TryGetProperty("lifetime", out _));
        Assert.False(sandbox.TryGetProperty("reason", out _));
        Assert.Equal("test", sandbox.GetProperty("labels").GetProperty("kind").GetString());
        Assert.Equal((1, 1), (sandbox.GetProperty("epoch").GetInt32(), sandbox.GetProperty("timeline").GetInt32()));
        Assert.True(sandbox.TryGetProperty("expires", out _));

        var again = await hub.CallAsync("CreateSandbox", new { id, labels = new { kind = "test" } });
        Assert.False(again.GetProperty("created").GetBoolean());
        var other = await hub.FailAsync("conflict", "CreateSandbox", new { id, cwd = "/" });
        Assert.Equal("running", other.GetProperty("status").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Options_reach_the_host_as_they_were_asked_for()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var id = SandboxSteps.NewId();
        shared.Host.Templates.Add("default/other", new TemplateConfiguration { RecipeHash = "sha256:0", Base = "base" });
        await hub.CallAsync("CreateSandbox", new
        {
            id,
            template = "other",
            env = new Dictionary<string, string> { ["A"] = "ä" },
            cwd = "/work",
            user = "root",
            memoryBytes = 100_000_000,
            diskBytes = 2_000_000,
            processes = 9,
            lifetime = 12.5,
            checkpointInterval = 45.5,
            keepCheckpoints = 3,
            keepAlive = true,
            unheardOf = new { },
        });
        var spec = shared.Host.Live($"default/{id}").Spec;
        Assert.Equal(("other", "/work", true, 100_000_000, 2_000_000, 9), (spec.Template, spec.Directory, spec.Root, spec.MemoryBytes, spec.DiskBytes, spec.Processes));
        Assert.Equal((null, TimeSpan.FromSeconds(12.5), "ä"), (spec.IdleTimeout, spec.Lifetime, spec.Environment["A"]));
        Assert.Equal((TimeSpan.FromSeconds(45.5), 3), (spec.CheckpointInterval, spec.KeepCheckpoints));
        var described = (await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox");
        Assert.Equal((45.5, 3), (described.GetProperty("checkpointInterval").GetDouble(), described.GetProperty("keepCheckpoints").GetInt32()));
    }

    [Fact(Timeout = Deadline)]
    public async Task Without_an_id_the_server_chooses_one()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var sandbox = (await hub.CallAsync("CreateSandbox", new { })).GetProperty("sandbox");
        Assert.Matches("^[a-z0-9]{16}$", sandbox.GetProperty("id").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task What_the_host_refuses_is_told_with_when_to_come_back()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var id = SandboxSteps.NewId();
        shared.Host.Refusals[$"default/{id}"] = new SandboxError
        {
            Code = SandboxErrorCode.Overloaded,
            Message = "Every place is taken.",
            RetryAfter = TimeSpan.FromSeconds(2.5),
        };
        var error = await hub.FailAsync("overloaded", "CreateSandbox", new { id });
        Assert.Equal(2.5, error.GetProperty("retryAfter").GetDouble());
        await hub.FailAsync("not_found", "DescribeSandbox", new { id });
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_is_paused_resumed_deleted_and_then_gone()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        Assert.Equal("paused", Status(await hub.CallAsync("PauseSandbox", new { id })));
        var paused = await hub.FailAsync("conflict", "StartProcess", new { sandboxId = id, argv = new[] { "true" } });
        Assert.Equal("paused", paused.GetProperty("status").GetString());
        Assert.Equal("running", Status(await hub.CallAsync("ResumeSandbox", new { id })));
        var stats = await hub.CallAsync("SandboxStats", new { id });
        Assert.Equal((1.25, 14, 2), (stats.GetProperty("cpuSeconds").GetDouble(), stats.GetProperty("memoryBytes").GetInt64(), stats.GetProperty("uptime").GetDouble()));
        Assert.Equal(4_096, stats.GetProperty("diskBytes").GetInt64());
        Assert.Equal("deleted", Status(await hub.CallAsync("DeleteSandbox", new { id })));
        Assert.Equal("deleted", Status(await hub.CallAsync("DeleteSandbox", new { id })));
        Assert.Equal("deleted", Status(await hub.CallAsync("DescribeSandbox", new { id })));
        var gone = await hub.FailAsync("gone", "StartProcess", new { sandboxId = id, argv = new[] { "true" } });
        Assert.Equal("deleted", gone.GetProperty("status").GetString());
        Assert.False(string.IsNullOrEmpty(gone.GetProperty("reason").GetString()));
        await hub.FailAsync("gone", "AttachSandbox", new { id });
    }

    [Fact(Timeout = Deadline)]
    public async Task A_list_has_pages_and_a_filter()
    {
        await using var server = await GatewayServer.StartAsync();
        await using var hub = await HubClient.ConnectAsync(server);
        foreach (var i in Enumerable.Range(0, 5)) await hub.CallAsync("CreateSandbox", new { id = $"s{i}", labels = new { parity = i % 2 == 0 ? "even" : "odd" } });
        var first = await hub.CallAsync("ListSandboxes", new { limit = 2 });
        Assert.Equal(["s0", "s1"], Ids(first));
        var rest = await hub.CallAsync("ListSandboxes", new { after = first.GetProperty("next").GetString() });
        Assert.Equal(["s2", "s3", "s4"], Ids(rest));
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal(["s0", "s2", "s4"], Ids(await hub.CallAsync("ListSandboxes", new { labels = new { parity = "even" } })));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_process_is_started_once_for_an_id_written_to_signalled_and_waited_for()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        var start = new { sandboxId = id, processId = "p", argv = new[] { "cat", "-" }, stdin = true, env = new { A = "1" }, cwd = "/tmp", timeout = 9.5, onFull = "block" };
        var started = await hub.CallAsync("StartProcess", start);
        Assert.False(started.GetProperty("known").GetBoolean());
        Assert.True((await hub.CallAsync("StartProcess", start)).GetProperty("known").GetBoolean());
        Assert.Single(live.Processes);
        var process = started.GetProperty("process");
        Assert.Equal(("p", 100, "running"), (process.GetProperty("id").GetString(), process.GetProperty("pid").GetInt32(), process.GetProperty("status").GetString()));
        Assert.Equal(["cat", "-"], process.GetProperty("argv").EnumerateArray().Select(argument => argument.GetString()!));
        Assert.Equal(["stdout", "stderr"], process.GetProperty("channels").EnumerateArray().Select(channel => channel.GetProperty("name").GetString()!));

        Task<JsonElement> Write(int offset) => hub.CallAsync("WriteInput", new { sandboxId = id, processId = "p", offset, data = Convert.ToBase64String("abc"u8) });
        Assert.Equal(3, (await Write(0)).GetProperty("offset").GetInt64());
        Assert.Equal(3, (await Write(0)).GetProperty("offset").GetInt64());
        var gap = await hub.FailAsync("conflict", "WriteInput", new { sandboxId = id, processId = "p", offset = 9, data = "" });
        Assert.Equal(3, gap.GetProperty("expected").GetInt64());

        var waiting = hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 60 });
        Assert.Equal("running", (await hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 0 })).GetProperty("process").GetProperty("status").GetString());
        Assert.Equal(3, (await hub.CallAsync("EndInput", new { sandboxId = id, processId = "p", offset = 3 })).GetProperty("offset").GetInt64());
        var exited = (await waiting).GetProperty("process");
        Assert.Equal("""{"reason":"exited","seconds":1.5,"cpuSeconds":0.5,"code":0}""", exited.GetProperty("exit").GetRawText());
        Assert.Equal((3, 3), (exited.GetProperty("stdinOffset").GetInt64(), exited.GetProperty("channels")[0].GetProperty("end").GetInt64()));
        await hub.FailAsync("not_found", "DescribeProcess", new { sandboxId = id, processId = "other" });
    }

    [Fact(Timeout = Deadline)]
    public async Task A_start_whose_outcome_is_lost_is_unknown()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        await hub.FailAsync("unknown", "StartProcess", new { sandboxId = id, processId = "p", argv = new[] { "true" }, epoch = 0, timeline = 1 });
        await hub.CallAsync("StartProcess", new { sandboxId = id, processId = "p", argv = new[] { "true" }, epoch = 1, timeline = 1 });
    }

    [Fact(Timeout = Deadline)]
    public async Task A_terminal_has_one_channel_and_open_input_and_a_size_that_changes()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.CallAsync("StartProcess", new { sandboxId = id, processId = "t", language = "bash", code = "top", terminal = new { cols = 100 } });
        var spec = live.Process("t").Spec;
        Assert.Equal((24, 100, "xterm-256color", true), (spec.Terminal!.Rows, spec.Terminal.Columns, spec.Terminal.Name, spec.Stdin));
        Assert.Equal("top"u8.ToArray(), spec.Code);
        var resized = await hub.CallAsync("ResizeTerminal", new { sandboxId = id, processId = "t", rows = 50, cols = 120 });
        Assert.Equal("""{"rows":50,"cols":120}""", resized.GetProperty("process").GetProperty("terminal").GetRawText());
        Assert.Equal("terminal", Assert.Single(resized.GetProperty("process").GetProperty("channels").EnumerateArray()).GetProperty("name").GetString());
        await hub.CallAsync("SignalProcess", new { sandboxId = id, processId = "t", signal = "TERM" });
        var killed = (await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "t" })).GetProperty("process").GetProperty("exit");
        Assert.Equal(("killed", 15), (killed.GetProperty("reason").GetString(), killed.GetProperty("signal").GetInt32()));
        await hub.CallAsync("StartProcess", new { sandboxId = id, processId = "q", argv = new[] { "true" } });
        await hub.FailAsync("conflict", "ResizeTerminal", new { sandboxId = id, processId = "q", rows = 50, cols = 120 });
        Assert.Equal(9, (await hub.CallAsync("KillProcess", new { sandboxId = id, processId = "q" })).GetProperty("process").GetProperty("exit").GetProperty("signal").GetInt32());
        Assert.Equal(2, (await hub.CallAsync("ListProcesses", new { sandboxId = id })).GetProperty("processes").GetArrayLength());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_kill_goes_through_while_as_many_calls_wait_as_may()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var waits = Enumerable.Range(0, 192).Select(_ => hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 300 })).ToList();
        await hub.FailAsync("limit", "WaitProcess", new { sandboxId = id, processId = "p", timeout = 300 });
        await hub.CallAsync("KillProcess", new { sandboxId = id, processId = "p" });
        Assert.All(await Task.WhenAll(waits), answer => Assert.Equal("exited", answer.GetProperty("process").GetProperty("status").GetString()));
        await hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 300 });
    }

    [Fact(Timeout = Deadline)]
    public async Task Events_are_numbered_read_since_and_followed_to_the_end()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        (await hub.StartAsync(id, live)).End(code: 3);
        await using var events = hub.StreamAsync("ReadEvents", new { sandboxId = id }).GetAsyncEnumerator(Cancel);
        var types = new List<string>();
        JsonElement exited = default;
        while (types.Count < 3)
        {
            Assert.True(await events.MoveNextAsync());
            types.Add(events.Current.GetProperty("type").GetString()!);
            Assert.Equal(types.Count, events.Current.GetProperty("sequence").GetInt64());
            exited = events.Current;
        }

        Assert.Equal(["created", "process_started", "process_exited"], types);
        Assert.Equal(("p", 3), (exited.GetProperty("processId").GetString(), exited.GetProperty("exit").GetProperty("code").GetInt32()));
        await hub.CallAsync("DeleteSandbox", new { id });
        while (await events.MoveNextAsync()) types.Add(events.Current.GetProperty("type").GetString()!);
        Assert.Equal("deleted", types[^1]);

        var since = new List<long>();
        await foreach (var item in hub.StreamAsync("ReadEvents", new { sandboxId = id, since = 3, follow = false })) since.Add(item.GetProperty("sequence").GetInt64());
        Assert.Equal(4, since[0]);
        await hub.FailStreamAsync("ReadEvents", new { sandboxId = "missing" });
    }

    private static string Status(JsonElement answer) => answer.GetProperty("sandbox").GetProperty("status").GetString()!;

    private static string[] Ids(JsonElement list) =>
        [.. list.GetProperty("sandboxes").EnumerateArray().Select(sandbox => sandbox.GetProperty("id").GetString()!)];
}
