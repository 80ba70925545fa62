using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Checkpoints;

/// <summary>Checkpoints, sleeping, going back and forking over the hub, with the real grains.</summary>
public sealed class CheckpointCallTests(SharedGateway shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Checkpoints_are_taken_listed_and_deleted_but_not_the_one_that_is_needed()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        Assert.Equal("""{"checkpoints":[]}""", (await hub.CallAsync("ListCheckpoints", new { id })).GetRawText());
        var first = await CheckpointAsync(hub, id, "before");
        Assert.Equal(("before", 4_096, false), (first.GetProperty("label").GetString(), first.GetProperty("bytes").GetInt64(), first.TryGetProperty("parent", out _)));
        Assert.InRange(first.GetProperty("created").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        var second = await CheckpointAsync(hub, id);
        Assert.False(second.TryGetProperty("label", out _));
        Assert.Equal(Id(first), second.GetProperty("parent").GetString());
        var list = await hub.CallAsync("ListCheckpoints", new { id });
        Assert.Equal([first.GetRawText(), second.GetRawText()], list.GetProperty("checkpoints").EnumerateArray().Select(one => one.GetRawText()));
        Assert.Equal(Id(second), list.GetProperty("current").GetString());

        var needed = await hub.FailAsync("conflict", "DeleteCheckpoint", new { id, checkpointId = Id(second) });
        Assert.Equal("running", needed.GetProperty("status").GetString());
        var left = await hub.CallAsync("DeleteCheckpoint", new { id, checkpointId = Id(first) });
        Assert.Equal(Id(second), Id(Assert.Single(left.GetProperty("checkpoints").EnumerateArray())));
        Assert.Equal(left.GetRawText(), (await hub.CallAsync("DeleteCheckpoint", new { id, checkpointId = "nothing" })).GetRawText());
        await hub.FailAsync("not_found", "RewindSandbox", new { id, checkpointId = Id(first) });
        Assert.Equal("running", await StatusAsync(hub, id));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_cannot_be_checkpointed_goes_on_and_says_why()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        live.CheckpointFailure = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The disk is full." };
        foreach (var method in new[] { "CheckpointSandbox", "SuspendSandbox", "ForkSandbox" })
        {
            var error = await hub.FailAsync("unavailable", method, new { id });
            Assert.Contains("disk is full", error.GetProperty("message").GetString());
        }

        Assert.Equal("running", await StatusAsync(hub, id));
        await hub.StartAsync(id, live);
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_call_on_a_sandbox_that_is_not_there_or_is_gone_says_so()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        await CheckpointAsync(hub, id);
        await hub.CallAsync("SuspendSandbox", new { id });
        Assert.Equal("deleted", Status(await hub.CallAsync("DeleteSandbox", new { id })));
        Assert.Empty(await shared.Host.Checkpoints.ListAsync($"default/{id}", Cancel));
        foreach (var method in new[] { "CheckpointSandbox", "SuspendSandbox", "RestoreSandbox", "RewindSandbox", "ForkSandbox", "ListCheckpoints", "DeleteCheckpoint" })
        {
            await hub.FailAsync("not_found", method, new { id = "missing", checkpointId = "1" });
            var gone = await hub.FailAsync("gone", method, new { id, checkpointId = "1" });
            Assert.Equal("deleted", gone.GetProperty("status").GetString());
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task What_cannot_be_restored_is_started_cold_where_that_is_asked_for()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var id = SandboxSteps.NewId();
        await hub.CallAsync("CreateSandbox", new { id, keepFiles = true });
        var live = shared.Host.Live($"default/{id}");
        Assert.True(live.Spec.KeepFiles);
        Assert.True((await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox").GetProperty("keepFiles").GetBoolean());
        Assert.True((await hub.CallAsync("ListSandboxes", new { limit = 1000 })).GetProperty("sandboxes").EnumerateArray().Single(one => Id(one) == id).GetProperty("keepFiles").GetBoolean());
        Assert.False((await CheckpointAsync(hub, id)).TryGetProperty("files", out _));
        Assert.True((await CheckpointAsync(hub, id, "with files")).GetProperty("files").GetBoolean());
        await hub.StartAsync(id, live);
        await hub.CallAsync("SuspendSandbox", new { id });
        shared.Host.Refusals[$"default/{id}"] = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "It is damaged.", CanStartCold = true };

        await hub.FailAsync("conflict", "RestoreSandbox", new { id });
        await hub.FailAsync("conflict", "RestoreSandbox", new { id, cold = false });
        await hub.FailAsync("invalid", "RestoreSandbox", new { id, cold = "yes" });
        Assert.Equal("suspended", await StatusAsync(hub, id));
        var sandbox = (await hub.CallAsync("RestoreSandbox", new { id, cold = true })).GetProperty("sandbox");
        Assert.Equal(("running", 2), (sandbox.GetProperty("status").GetString(), sandbox.GetProperty("timeline").GetInt32()));
        JsonElement? told = null;
        await foreach (var item in hub.StreamAsync("ReadEvents", new { sandboxId = id, follow = false }))
        {
            if (item.GetProperty("type").GetString() == "started_cold") told = item;
        }

        Assert.Equal(("It is damaged.", 2), (told!.Value.GetProperty("reason").GetString(), told.Value.GetProperty("timeline").GetInt32()));
        Assert.Equal(["p"], told.Value.GetProperty("processIds").EnumerateArray().Select(one => one.GetString()));
        var process = (await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" })).GetProperty("process");
        Assert.Equal("sandbox_ended", process.GetProperty("exit").GetProperty("reason").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Looking_at_a_sandbox_that_sleeps_wakes_nothing()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var checkpoint = await CheckpointAsync(hub, id);
        Assert.Equal("suspended", Status(await hub.CallAsync("SuspendSandbox", new { id })));
        Assert.Equal("suspended", Status(await hub.CallAsync("SuspendSandbox", new { id })));

        var sandbox = (await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox");
        Assert.False(sandbox.TryGetProperty("expires", out _));
        var listed = (await hub.CallAsync("ListSandboxes", new { limit = 1000 })).GetProperty("sandboxes").EnumerateArray();
        Assert.Equal("suspended", listed.Single(one => Id(one) == id).GetProperty("status").GetString());
        Assert.Equal("p", Id(Assert.Single((await hub.CallAsync("ListProcesses", new { sandboxId = id })).GetProperty("processes").EnumerateArray())));
        await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" });
        await hub.FailAsync("not_found", "DescribeProcess", new { sandboxId = id, processId = "q" });
        await hub.CallAsync("WaitProcess", new { sandboxId = id, processId = "p", timeout = 0.05 });
        Assert.Equal(2, (await hub.CallAsync("ListCheckpoints", new { id })).GetProperty("checkpoints").GetArrayLength());
        await hub.CallAsync("DeleteCheckpoint", new { id, checkpointId = Id(checkpoint) });
        await foreach (var _ in hub.StreamAsync("ReadEvents", new { sandboxId = id, follow = false }))
        {
            // Read to its end.
        }

        foreach (var method in new[] { "SandboxStats", "PauseSandbox", "ResumeSandbox" })
        {
            Assert.Equal("suspended", (await hub.FailAsync("conflict", method, new { id })).GetProperty("status").GetString());
        }

        Assert.Equal("suspended", await StatusAsync(hub, id));
        Assert.False(shared.Host.Lives($"default/{id}"));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("RestoreSandbox")]
    [InlineData("AttachSandbox")]
    [InlineData("CheckpointSandbox")]
    [InlineData("StartProcess")]
    [InlineData("WriteInput")]
    [InlineData("EndInput")]
    [InlineData("SignalProcess")]
    [InlineData("KillProcess")]
    [InlineData("ResizeTerminal")]
    [InlineData("ReadOutput")]
    public async Task What_needs_the_sandbox_wakes_it_with_its_programs(string method)
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        await hub.CallAsync("StartProcess", new { sandboxId = id, processId = "t", argv = new[] { "vi" }, terminal = new { } });
        await hub.CallAsync("WriteInput", new { sandboxId = id, processId = "t", offset = 0, data = Convert.ToBase64String("unsaved"u8) });
        await hub.CallAsync("SuspendSandbox", new { id });
        var arguments = new
        {
            id,
            sandboxId = id,
            processId = method == "StartProcess" ? "q" : "t",
            argv = new[] { "true" },
            offset = method == "ReadOutput" ? 0 : 7,
            data = Convert.ToBase64String("x"u8),
            signal = "TERM",
            rows = 9,
            cols = 9,
            readId = "r",
            channel = "terminal",
            follow = false,
        };
        if (method == "ReadOutput")
        {
            await foreach (var item in hub.StreamAsync(method, arguments))
            {
                if (item.GetProperty("type").GetString() == "data") Assert.Equal("unsaved"u8.ToArray(), item.Data());
            }
        }
        else
        {
            await hub.CallAsync(method, arguments);
        }

        Assert.Equal("running", await StatusAsync(hub, id));
        var process = (await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "t" })).GetProperty("process");
        Assert.InRange(process.GetProperty("stdinOffset").GetInt64(), 7, 8);
        Assert.True(shared.Host.Live($"default/{id}").Process("t").Output.State.Offset >= 7);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_cannot_be_restored_sleeps_on_and_says_why()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        await hub.CallAsync("SuspendSandbox", new { id });
        shared.Host.Refusals[$"default/{id}"] = new SandboxError { Code = SandboxErrorCode.Overloaded, Message = "Every place is taken.", RetryAfter = TimeSpan.FromSeconds(2) };
        Assert.Equal(2, (await hub.FailAsync("overloaded", "RestoreSandbox", new { id })).GetProperty("retryAfter").GetDouble());
        await hub.FailAsync("overloaded", "AttachSandbox", new { id });
        await hub.FailAsync("overloaded", "WriteInput", new { sandboxId = id, processId = "p", offset = 0, data = "aA==" });
        Assert.Equal("overloaded", (await hub.FailStreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" })).GetProperty("code").GetString());
        Assert.Equal("suspended", await StatusAsync(hub, id));
        shared.Host.Refusals.TryRemove($"default/{id}", out _);
        Assert.Equal("running", Status(await hub.CallAsync("RestoreSandbox", new { id })));
        Assert.Equal("running", Status(await hub.CallAsync("RestoreSandbox", new { id })));
    }

    [Fact(Timeout = Deadline)]
    public async Task Each_step_is_an_event_with_its_numbers()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        var checkpoint = await CheckpointAsync(hub, id);
        await hub.CallAsync("SuspendSandbox", new { id });
        var slept = (await hub.CallAsync("ListCheckpoints", new { id })).GetProperty("current").GetString();
        await hub.CallAsync("RestoreSandbox", new { id });
        var back = (await hub.CallAsync("RewindSandbox", new { id, checkpointId = Id(checkpoint) })).GetProperty("sandbox");
        Assert.Equal(("running", 2), (back.GetProperty("status").GetString(), back.GetProperty("timeline").GetInt64()));
        var fork = (await hub.CallAsync("ForkSandbox", new { id })).GetProperty("sandboxes")[0].GetProperty("sandbox");

        var events = await EventsAsync(hub, id);
        Assert.Equal(
            ["created", "checkpointed", "suspended", "restored", "rewound", "restored", "checkpointed", "forked"],
            events.Select(happened => happened.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(1, 8), events.Select(happened => happened.GetProperty("sequence").GetInt32()));
        Assert.Equal(
            [Id(checkpoint), slept, slept, Id(checkpoint), Id(checkpoint)], events[1..6].Select(happened => happened.GetProperty("checkpointId").GetString()));
        Assert.Equal((1, 2), (events[3].GetProperty("timeline").GetInt64(), events[5].GetProperty("timeline").GetInt64()));
        Assert.Equal(2, events[4].GetProperty("timeline").GetInt64());
        Assert.Equal(checkpoint.GetProperty("created").GetRawText(), events[4].GetProperty("since").GetRawText());
        Assert.False(events[4].TryGetProperty("reason", out _));
        Assert.Equal(Id(fork), events[7].GetProperty("sandboxId").GetString());
        Assert.Equal(events[6].GetProperty("checkpointId").GetString(), events[7].GetProperty("checkpointId").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_is_lost_goes_back_to_its_checkpoint_and_says_since_when_and_why()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var checkpoint = await CheckpointAsync(hub, id);
        await hub.StartAsync(id, live, "later");
        live.Lose("Out of memory.");
        var events = await EventsAsync(hub, id, until: "rewound");
        Assert.Equal(
            ["created", "process_started", "checkpointed", "process_started", "rewound"], events.Select(happened => happened.GetProperty("type").GetString()));
        var rewound = events[^1];
        Assert.Equal((Id(checkpoint), "Out of memory.", 2), (
            rewound.GetProperty("checkpointId").GetString(), rewound.GetProperty("reason").GetString(), rewound.GetProperty("timeline").GetInt64()));
        Assert.Equal(checkpoint.GetProperty("created").GetRawText(), rewound.GetProperty("since").GetRawText());

        // What it has is known only when it is there again: whoever asks wakes it.
        Assert.Equal("suspended", await StatusAsync(hub, id));
        Assert.Equal("p", Id((await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" })).GetProperty("process")));

        // Whether it was started in the history that is gone, nobody can know.
        var start = new { sandboxId = id, processId = "later", argv = new[] { "true" }, epoch = 1, timeline = 1 };
        await hub.FailAsync("unknown", "StartProcess", start);
        Assert.Equal("p", Id(Assert.Single((await hub.CallAsync("ListProcesses", new { sandboxId = id })).GetProperty("processes").EnumerateArray())));
        await hub.CallAsync("StartProcess", start with { epoch = 3, timeline = 2 });
    }

    [Fact(Timeout = Deadline)]
    public async Task Forks_go_on_by_themselves_and_each_token_opens_its_fork_alone()
    {
        await using var server = await GatewayServer.StartAsync();
        await using var hub = await HubClient.ConnectAsync(server);
        var id = SandboxSteps.NewId();
        var token = (await hub.CallAsync("CreateSandbox", new { id, labels = new { kind = "mother" } })).GetProperty("token").GetString();
        (await hub.StartAsync(id, server.Host.Live($"default/{id}"))).Write("before");
        await hub.CallAsync("CheckpointSandbox", new { id, label = "mine" });
        var forks = (await hub.CallAsync("ForkSandbox", new { id, count = 3 })).GetProperty("sandboxes").EnumerateArray().ToArray();
        Assert.Equal(3, forks.Length);
        var ids = forks.Select(fork => Id(fork.GetProperty("sandbox"))).ToArray();
        var tokens = forks.Select(fork => fork.GetProperty("token").GetString()!).ToArray();
        Assert.Equal(5, ids.Append(id).Append("x").Distinct().Count());
        Assert.Equal(4, tokens.Append(token).Distinct().Count());
        for (var i = 0; i < 3; i++)
        {
            var sandbox = forks[i].GetProperty("sandbox");
            Assert.True(forks[i].GetProperty("created").GetBoolean());
            Assert.Equal(("running", "mother", 1, 1), (
                sandbox.GetProperty("status").GetString(), sandbox.GetProperty("labels").GetProperty("kind").GetString(),
                sandbox.GetProperty("epoch").GetInt32(), sandbox.GetProperty("timeline").GetInt32()));
            foreach (var other in ids.Append(id))
            {
                var call = new { id = other, token = tokens[i] };
                if (other == ids[i]) await hub.CallAsync("DescribeSandbox", call);
                else await hub.FailAsync("unauthorized", "DescribeSandbox", call);
            }

            await hub.FailAsync("unauthorized", "DescribeSandbox", new { id = ids[i], token });
            var own = server.Host.Live($"default/{ids[i]}").Process("p");
            own.Write($" and {i}");
            Assert.Equal(12, own.Output.State.Offset);
            Assert.Single((await hub.CallAsync("ListCheckpoints", new { id = ids[i] })).GetProperty("checkpoints").EnumerateArray());
        }

        Assert.Equal(6, server.Host.Live($"default/{id}").Process("p").Output.State.Offset);

        // One that sleeps is forked asleep, and its forks outlive it.
        await hub.CallAsync("SuspendSandbox", new { id });
        var late = Id((await hub.CallAsync("ForkSandbox", new { id, token })).GetProperty("sandboxes")[0].GetProperty("sandbox"));
        Assert.Equal("suspended", await StatusAsync(hub, id));
        await hub.CallAsync("DeleteSandbox", new { id });
        await hub.CallAsync("SuspendSandbox", new { id = late });
        Assert.Equal("running", Status(await hub.CallAsync("RestoreSandbox", new { id = late })));
        Assert.Equal(6, server.Host.Live($"default/{late}").Process("p").Output.State.Offset);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_idle_sandbox_is_suspended_where_that_was_asked_for()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var id = SandboxSteps.NewId();
        var sandbox = (await hub.CallAsync("CreateSandbox", new { id, idleTimeout = 1, onIdle = "suspend" })).GetProperty("sandbox");
        Assert.Equal("suspend", sandbox.GetProperty("onIdle").GetString());
        var events = await EventsAsync(hub, id, until: "suspended");
        Assert.DoesNotContain(events, happened => happened.GetProperty("type").GetString() is "deleting" or "deleted");
        Assert.False(shared.Host.Lives($"default/{id}"));
        Assert.Equal("running", Status(await hub.CallAsync("AttachSandbox", new { id })));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_paused_sandbox_is_suspended_too_and_runs_when_it_is_back()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        await hub.CallAsync("PauseSandbox", new { id });
        Assert.Equal("suspended", Status(await hub.CallAsync("SuspendSandbox", new { id })));
        Assert.Equal("running", Status(await hub.CallAsync("RestoreSandbox", new { id })));
    }

    private static async Task<JsonElement> CheckpointAsync(HubClient hub, string id, string? label = null) =>
        (await hub.CallAsync("CheckpointSandbox", new { id, label })).GetProperty("checkpoint");

    private static async Task<List<JsonElement>> EventsAsync(HubClient hub, string id, string? until = null)
    {
        var events = new List<JsonElement>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = id, follow = until is not null }))
        {
            events.Add(happened);
            if (happened.GetProperty("type").GetString() == until) break;
        }

        return events;
    }

    private static async Task<string> StatusAsync(HubClient hub, string id) => Status(await hub.CallAsync("DescribeSandbox", new { id }));

    private static string Status(JsonElement answer) => answer.GetProperty("sandbox").GetProperty("status").GetString()!;

    private static string Id(JsonElement one) => one.GetProperty("id").GetString()!;
}
