using System.Text.Json;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A sandbox with a program that counts, what is asked of it when its server dies, and what may be of it then.</summary>
internal sealed class CrashScene(string id, Crash crash)
{
    private readonly List<string> _checkpoints = [];
    private string? _current;

    /// <summary>The sandbox, with a checkpoint and some lines behind it.</summary>
    public async Task PrepareAsync(HubClient hub)
    {
        await Counting.CreateAsync(hub, id);
        await ListAsync(hub);
        if (crash.In is Operation.Rewind or Operation.DeleteCheckpoint) await CheckpointAsync(hub);
        if (crash.In is not Operation.Wake) return;
        await hub.CallAsync("SuspendSandbox", new { id });
        await ListAsync(hub);
    }

    /// <summary>Asks for what the server dies in.</summary>
    public Task ActAsync(HubClient hub) => crash.In switch
    {
        Operation.Checkpoint => hub.CallAsync("CheckpointSandbox", new { id }),
        Operation.Suspend => hub.CallAsync("SuspendSandbox", new { id }),
        Operation.Wake => hub.CallAsync("RestoreSandbox", new { id }),
        Operation.Rewind => hub.CallAsync("RewindSandbox", new { id, checkpointId = _checkpoints[0] }),
        Operation.Fork => hub.CallAsync("ForkSandbox", new { id, count = 2 }),
        Operation.DeleteCheckpoint => hub.CallAsync("DeleteCheckpoint", new { id, checkpointId = _checkpoints[0] }),
        Operation.Snapshot => hub.CallAsync("CreateSnapshot", new { id, name = id, consistent = true }),
        _ => throw new InvalidOperationException($"{crash.In} is no operation."),
    };

    /// <summary>Looks at what there is on the next server, goes on from it, goes back to all there is, and removes it.</summary>
    public async Task CheckAsync(HubClient hub)
    {
        var (before, beforeCurrent) = (_checkpoints.ToArray(), _current);
        var sandbox = (await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox");
        Assert.Equal("suspended", sandbox.Text("status"));
        await ListAsync(hub);
        AssertTree(before);
        await AssertToldAsync(hub, sandbox.GetProperty("timeline").GetInt64(), before, beforeCurrent);

        // It goes on where it was, and every checkpoint is whole.
        await NumberedLines.ReadAsync(hub, id, 30);
        foreach (var checkpoint in _checkpoints.ToArray())
        {
            await hub.CallAsync("RewindSandbox", new { id, checkpointId = checkpoint });
            await NumberedLines.ReadAsync(hub, id, 30);
        }

        await CheckForksAsync(hub);
        Assert.Empty((await hub.CallAsync("ListSnapshots", new { })).GetProperty("snapshots").EnumerateArray());
        await hub.DeleteAsync(id);
    }

    private async Task CheckpointAsync(HubClient hub)
    {
        await hub.CallAsync("CheckpointSandbox", new { id });
        await ListAsync(hub);
    }

    private async Task ListAsync(HubClient hub)
    {
        var list = await hub.CallAsync("ListCheckpoints", new { id });
        _checkpoints.Clear();
        _checkpoints.AddRange(list.GetProperty("checkpoints").EnumerateArray().Select(checkpoint => checkpoint.Text("id")));
        _current = list.Text("current");
        Assert.Contains(_current, _checkpoints);
    }

    /// <summary>What was there is there, and at most the one that was being taken beside it.</summary>
    private void AssertTree(string[] before)
    {
        var gone = before.Except(_checkpoints).ToArray();
        if (crash.In is Operation.DeleteCheckpoint) Assert.Equal([before[0]], gone);
        else Assert.Empty(gone);
        var most = crash.In is Operation.Checkpoint or Operation.Suspend or Operation.Fork ? 1 : 0;
        Assert.InRange(_checkpoints.Except(before).Count(), 0, most);
    }

    /// <summary>Either nothing is lost, or it is said what.</summary>
    private async Task AssertToldAsync(HubClient hub, long timeline, string[] before, string? beforeCurrent)
    {
        var rewound = new List<JsonElement>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = id, follow = false }))
        {
            if (happened.Type() == "rewound") rewound.Add(happened);
        }

        Assert.Equal(timeline - 1, rewound.Count);
        foreach (var loss in rewound)
        {
            Assert.True(loss.GetProperty("since").GetDateTimeOffset() < loss.GetProperty("time").GetDateTimeOffset());
            Assert.Contains(loss.Text("checkpointId"), _checkpoints);
        }

        if (rewound.Count > 0) Assert.Equal((timeline, _current), (rewound[^1].GetProperty("timeline").GetInt64(), rewound[^1].Text("checkpointId")));
        switch (crash.In)
        {
            case Operation.Wake:
                // Of one that slept nothing is lost, however often it was being woken.
                Assert.Equal((1, beforeCurrent), (timeline, _current));
                break;
            case Operation.Suspend when timeline == 1:
                Assert.DoesNotContain(_current, before);
                break;
            case Operation.Rewind:
                // All its points are behind the moment from which on it is gone back.
                Assert.Equal((2, before[0]), (timeline, _current));
                break;
            default:
                Assert.Equal(2, timeline);
                Assert.Contains("crashed", rewound[^1].Text("reason"), StringComparison.Ordinal);
                break;
        }
    }

    /// <summary>A fork that was being made is there as a whole, or not at all.</summary>
    private async Task CheckForksAsync(HubClient hub)
    {
        foreach (var other in (await hub.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray())
        {
            var fork = other.Text("id");
            if (fork == id) continue;
            Assert.Equal(Operation.Fork, crash.In);
            if (other.Text("status") == "suspended")
            {
                Assert.Single((await hub.CallAsync("ListCheckpoints", new { id = fork })).GetProperty("checkpoints").EnumerateArray());
                await NumberedLines.ReadAsync(hub, fork, 30);
            }
            else
            {
                Assert.Equal("failed", other.Text("status"));
            }

            await hub.DeleteAsync(fork);
        }
    }
}
