using System.Text;

namespace Sandboxes.Tests;

/// <summary>Sleeping, copying and going back on a real server, with real programs in gVisor.</summary>
public sealed class SleepLiveTests(LiveServer live) : IClassFixture<LiveServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Live_numbered_lines_go_on_over_a_suspend_and_a_write_wakes_the_program()
    {
        await using var sandbox = await live.CreateAsync();
        const string code = "n=0; until read -t 0; do echo line $n; n=$((n + 1)); sleep 0.02; done; read word; echo got $word after $n";
        await using var program = await sandbox.ExecAsync("bash", code, new StartOptions { Stdin = true }, Cancel);
        using var lines = new StreamReader(program.StandardOutput);
        var next = 0;
        while (next < 20) Assert.Equal($"line {next++}", await lines.ReadLineAsync(Cancel));
        var before = sandbox.Info.Epoch;
        Assert.Equal(SandboxStatus.Suspended, (await sandbox.SuspendAsync(Cancel)).Status);
        Assert.Equal(SandboxStatus.Suspended, (await sandbox.DescribeAsync(Cancel)).Status);
        await program.StandardInput.WriteAsync("stop\n"u8.ToArray(), Cancel);
        string? line;
        while ((line = await lines.ReadLineAsync(Cancel)) is not null && line.StartsWith("line", StringComparison.Ordinal)) Assert.Equal($"line {next++}", line);
        Assert.Equal($"got stop after {next}", line);
        Assert.Null(await lines.ReadLineAsync(Cancel));
        (await program.WaitAsync(Cancel)).EnsureSuccess();
        await using var later = await sandbox.SpawnAsync(["true"], cancellationToken: Cancel);
        (await later.WaitAsync(Cancel)).EnsureSuccess();
        Assert.InRange((await sandbox.DescribeAsync(Cancel)).Epoch, before + 1, long.MaxValue);
        var types = new List<string>();
        await foreach (var happened in sandbox.Events(follow: false, cancellationToken: Cancel)) types.Add(happened.Type);
        Assert.Equal(["suspended", "restored"], types.Where(type => type is "suspended" or "restored" or "rewound"));
        await sandbox.DeleteAsync(Cancel);
    }

    [Fact(Timeout = 120_000)]
    public async Task Live_a_forked_Python_has_its_globals_and_each_goes_on_by_itself()
    {
        await using var sandbox = await live.CreateAsync();
        var options = new StartOptions { Id = "python", Stdin = true, Environment = new Dictionary<string, string> { ["PYTHONUNBUFFERED"] = "1" } };
        await using var python = await sandbox.SpawnAsync(["python3", "-i", "-q"], options, Cancel);
        Assert.Equal("40\n", await SayAsync(python, "x = 40; print(x)\n", 3));
        var forks = await sandbox.ForkAsync(2, Cancel);
        Assert.Equal(3, forks.Append(sandbox).Select(each => (each.Id, each.Token)).Distinct().Count());
        foreach (var (number, fork) in forks.Index())
        {
            await using var twin = await fork.GetProcessAsync("python", cancellationToken: Cancel);
            Assert.Equal($"40\n{41 + number}\n", await SayAsync(twin, $"x += {number + 1}; print(x)\n", 6));
            await fork.DeleteAsync(Cancel);
        }

        Assert.Equal("40\n", await SayAsync(python, "print(x)\n", 3));
        await sandbox.DeleteAsync(Cancel);
    }

    [Fact(Timeout = 120_000)]
    public async Task Live_a_rewind_goes_back_to_a_checkpoint_and_readers_and_writers_are_told()
    {
        await using var sandbox = await live.CreateAsync();
        const string code = "n = 0\nwhile input(): n += 1; print(n, flush=True)";
        await using var counter = await sandbox.ExecAsync("python", code, new StartOptions { Stdin = true }, Cancel);
        Assert.Equal("1\n", await SayAsync(counter, "go\n", 2));
        var checkpoint = await sandbox.CheckpointAsync("one", Cancel);
        Assert.Equal("2\n3\n", await SayAsync(counter, "go\ngo\n", 4));
        var timeline = sandbox.Info.Timeline;
        var reading = counter.StandardOutput.ReadAsync(new byte[1], Cancel).AsTask();
        Assert.Equal(timeline + 1, (await sandbox.RewindAsync(checkpoint, Cancel)).Timeline);
        var rewound = await Assert.ThrowsAsync<RewoundException>(() => reading);
        Assert.Equal((6, 2, timeline + 1), (rewound.From, rewound.To, rewound.Timeline));
        var refused = await Assert.ThrowsAsync<ConflictException>(() => counter.StandardInput.WriteAsync("go\n"u8.ToArray(), Cancel).AsTask());
        Assert.Equal(3, refused.Expected);
        await using var again = await sandbox.GetProcessAsync(counter.Id, cancellationToken: Cancel);
        Assert.Equal("1\n2\n", await SayAsync(again, "go\n", 4));
        var list = await sandbox.ListCheckpointsAsync(Cancel);
        Assert.Equal((checkpoint.Id, "one"), (list.Current, list.Checkpoints.Single(kept => kept.Id == list.Current).Label));
        await foreach (var happened in sandbox.Events(cancellationToken: Cancel))
        {
            if (happened.Type is not "rewound") continue;
            Assert.Equal((checkpoint.Id, timeline + 1), (happened.CheckpointId, happened.Timeline));
            break;
        }

        await sandbox.DeleteAsync(Cancel);
    }

    /// <summary>Types something and reads so many bytes.</summary>
    private static async Task<string> SayAsync(SandboxProcess process, string text, int bytes)
    {
        await process.StandardInput.WriteAsync(Encoding.UTF8.GetBytes(text), Cancel);
        var read = new byte[bytes];
        await process.StandardOutput.ReadExactlyAsync(read, Cancel);
        return Encoding.UTF8.GetString(read);
    }
}
