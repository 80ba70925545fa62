using System.Text.Json;
using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

/// <summary>
/// A random sequence of calls on a sandbox and its forks, held against a model after each. The seed decides about everything but times.
/// </summary>
internal sealed partial class Sequence(HubClient hub, int seed)
{
    private const int Steps = 14;
    private const int MostSandboxes = 3;

    private readonly Random _random = new(seed);
    private readonly List<ModelSandbox> _sandboxes = [];
    private readonly List<string> _done = [];
    private int _names;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Runs it.</summary>
    /// <exception cref="InvalidOperationException">Something was not as the model has it. The message has the seed and all steps.</exception>
    public async Task RunAsync()
    {
        try
        {
            await CreateAsync();
            for (var step = 0; step < Steps; step++) await StepAsync();
            foreach (var sandbox in _sandboxes)
            {
                foreach (var process in sandbox.Processes.Values) await ReadAsync(sandbox, process);
                await AssertDescribedAsync(sandbox);
            }

            await AssertViewedAsync();
        }
        catch (Exception e)
        {
            // Not in a finally: what cannot be removed any more would hide why.
            throw new InvalidOperationException($"SANDBOX_TORTURE_SEED={seed}: {e.Message} {hub.Lost?.Message}\nafter: {string.Join("; ", _done)}", e);
        }

        await StopViewingAsync();
        foreach (var sandbox in _sandboxes) await hub.DeleteAsync(sandbox.Id);
    }

    private async Task CreateAsync()
    {
        var sandbox = new ModelSandbox($"s{seed}");

        // Of the usual size, which wakes into a container that was created ahead, or of one of its own.
        object request = _random.Next(2) == 0 ? new { id = sandbox.Id } : new { id = sandbox.Id, memoryBytes = 64 << 20, diskBytes = 16 << 20, processes = 32 };
        await hub.CallAsync("CreateSandbox", request);
        _sandboxes.Add(sandbox);
        await StartAsync(sandbox, counts: true);
        await StartAsync(sandbox, counts: false);
        View(sandbox, sandbox.Processes.Values.Single(process => process.Counts));
    }

    private Task StepAsync()
    {
        var sandbox = _sandboxes[_random.Next(_sandboxes.Count)];
        return _random.Next(24) switch
        {
            0 or 1 => StartAsync(sandbox, _random.Next(2) == 0),
            2 => StartAgainAsync(sandbox),
            3 or 4 or 5 => WriteAsync(sandbox),
            6 => WriteBehindAGapAsync(sandbox),
            7 or 8 or 9 => ReadAnyAsync(sandbox),
            10 or 11 or 12 => CheckpointAsync(sandbox),
            13 or 14 or 15 => SuspendAsync(sandbox),
            16 or 17 => RestoreAsync(sandbox),
            18 or 19 => RewindAsync(sandbox),
            20 => ForkAsync(sandbox),
            21 => KillAsync(sandbox),
            22 => DeleteCheckpointAsync(sandbox),
            _ => AssertDescribedAsync(sandbox),
        };
    }

    private void Note(ModelSandbox sandbox, string what) => _done.Add($"{sandbox.Id} {what}");

    private ModelProcess? Any(ModelSandbox sandbox, Func<ModelProcess, bool> which)
    {
        var all = sandbox.Processes.Values.Where(which).OrderBy(process => process.Id, StringComparer.Ordinal).ToList();
        return all.Count == 0 ? null : all[_random.Next(all.Count)];
    }

    /// <summary>What a sandbox says of itself and its checkpoints is what the model has.</summary>
    private async Task AssertDescribedAsync(ModelSandbox sandbox)
    {
        Note(sandbox, "describe");
        var described = (await hub.CallAsync("DescribeSandbox", new { id = sandbox.Id })).GetProperty("sandbox");
        Assert.Equal((sandbox.Asleep ? "suspended" : "running", sandbox.Timeline), (described.Text("status"), described.GetProperty("timeline").GetInt64()));
        var list = await hub.CallAsync("ListCheckpoints", new { id = sandbox.Id });
        Assert.Equal(sandbox.Current, Optional(list, "current"));
        Assert.Equal(
            sandbox.Checkpoints.Select(checkpoint => (checkpoint.Id, checkpoint.Parent)),
            list.GetProperty("checkpoints").EnumerateArray().Select(checkpoint => (checkpoint.Text("id"), Optional(checkpoint, "parent"))));

        // What sleeps says it without being woken.
        var processes = (await hub.CallAsync("ListProcesses", new { sandboxId = sandbox.Id })).GetProperty("processes").EnumerateArray().ToList();
        Assert.Equal(sandbox.Processes.Keys.Order(StringComparer.Ordinal), processes.Select(process => process.Text("id")).Order(StringComparer.Ordinal));
        foreach (var process in processes) AssertProcess(sandbox.Processes[process.Text("id")], process);
    }

    private static void AssertProcess(ModelProcess expected, JsonElement process)
    {
        Assert.Equal(expected.Killed ? "exited" : "running", process.Text("status"));
        if (expected.Killed) Assert.Equal(("killed", 9), (process.GetProperty("exit").Text("reason"), process.GetProperty("exit").GetProperty("signal").GetInt32()));
        if (!expected.Counts) Assert.Equal(expected.Input.Length, process.GetProperty("stdinOffset").GetInt64());
        Assert.True(process.GetProperty("channels")[0].Offset() >= expected.Seen, $"{expected} has written {process.GetProperty("channels")[0].Offset()} bytes");
    }

    private static string? Optional(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;
}
