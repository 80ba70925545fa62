using System.Text.Json;
using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

public sealed class SleepTests : ClientTest
{
    private static readonly Fault s_lost = new(After: true);

    [Fact(Timeout = 60_000)]
    public async Task Checkpoints_are_taken_listed_as_a_tree_and_deleted()
    {
        var first = await Box.CheckpointAsync("clean", Cancel);
        Assert.Equal(new Checkpoint { Id = "c1", Created = DateTimeOffset.UnixEpoch, Bytes = 1_000, Label = "clean" }, first);
        var second = await Box.CheckpointAsync(cancellationToken: Cancel);
        Assert.Equal("c1", second.Parent);
        var list = await Box.ListCheckpointsAsync(Cancel);
        Assert.Equal([first, second], list.Checkpoints);
        Assert.Equal("c2", list.Current);
        var refused = await Assert.ThrowsAsync<ConflictException>(() => Box.DeleteCheckpointAsync("c2", Cancel));
        Assert.Equal("running", refused.Status);
        Assert.Equal([second], (await Box.DeleteCheckpointAsync("c1", Cancel)).Checkpoints);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_suspended_sandbox_is_restored_by_a_call_or_the_next_write_and_its_streams_go_on()
    {
        var (process, program) = await SpawnAsync(new StartOptions { Stdin = true });
        program.Out.Write("before "u8);
        await process.StandardOutput.ReadExactlyAsync(new byte[7], Cancel);
        Assert.Equal(SandboxStatus.Suspended, (await Box.SuspendAsync(Cancel)).Status);
        Assert.Equal(SandboxStatus.Suspended, (await Box.SuspendAsync(Cancel)).Status);
        var info = await Box.RestoreAsync(Cancel);
        Assert.Equal((SandboxStatus.Running, 4L, 1L), (info.Status, info.Epoch, info.Timeline));
        Assert.Same(info, Box.Info);

        await Box.SuspendAsync(Cancel);
        await process.StandardInput.WriteAsync("typed"u8.ToArray(), Cancel);
        Assert.Equal(SandboxStatus.Running, (await Box.DescribeAsync(Cancel)).Status);
        program.Out.Write("after"u8);
        program.End();
        Assert.Equal("after", await process.StandardOutput.ReadToEndAsync(Cancel));
        Assert.Equal("typed"u8.ToArray(), program.In.Bytes);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_cannot_be_restored_is_started_cold_where_that_is_asked_for_and_tells_what_it_lost()
    {
        await SpawnAsync(new StartOptions { Id = "lost" });
        await Box.SuspendAsync(Cancel);
        Scripted.Unrestorable = "It is damaged.";
        var refused = await Assert.ThrowsAsync<ConflictException>(() => Box.RestoreAsync(cold: false, Cancel));
        Assert.Equal("It is damaged.", refused.Message);
        var info = await Box.RestoreAsync(cold: true, Cancel);
        Assert.Equal((SandboxStatus.Running, 2L), (info.Status, info.Timeline));
        Assert.Same(info, Box.Info);
        var told = await Box.Events(cancellationToken: Cancel).FirstAsync(happened => happened.Type is "started_cold", Cancel);
        Assert.Equal(("started_cold", 2L, "It is damaged."), (told.Type, told.Timeline, told.Reason));
        Assert.Equal(["lost"], told.ProcessIds);
    }

    [Fact(Timeout = 60_000)]
    public async Task Attaching_wakes_a_sandbox_unless_it_is_to_sleep_on()
    {
        await Box.SuspendAsync(Cancel);
        await using var client = await Sandbox.ConnectAsync(Server.Address, cancellationToken: Cancel);
        var asleep = await client.AttachAsync(Box.Id, Box.Token, wake: false, Cancel);
        Assert.Equal((SandboxStatus.Suspended, "c1"), (asleep.Info.Status, (await asleep.ListCheckpointsAsync(Cancel)).Current));
        await using (var own = await Sandbox.AttachAsync(Server.Address, Box.Id, Box.Token, wake: false, cancellationToken: Cancel))
        {
            Assert.Equal(SandboxStatus.Suspended, own.Info.Status);
        }

        Assert.Equal("suspended", Scripted.Status);
        Assert.Equal(SandboxStatus.Running, (await client.AttachAsync(Box.Id, Box.Token, Cancel)).Info.Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_switch_whose_answer_was_lost_is_asked_for_again()
    {
        foreach (var method in new[] { "SuspendSandbox", "RestoreSandbox", "CheckpointSandbox", "RewindSandbox" }) World.Order(method, s_lost);
        Assert.Equal(SandboxStatus.Suspended, (await Box.SuspendAsync(Cancel)).Status);
        Assert.Equal(SandboxStatus.Running, (await Box.RestoreAsync(Cancel)).Status);
        var checkpoint = await Box.CheckpointAsync(cancellationToken: Cancel);
        Assert.Equal(SandboxStatus.Running, (await Box.RewindAsync(checkpoint, Cancel)).Status);
        Assert.Equal((2, 2), (World.Calls["SuspendSandbox"], World.Calls["RewindSandbox"]));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_repeated_over_a_restore_carries_what_was_known_at_first_and_runs_once()
    {
        World.Order("StartProcess", new Fault(Before: true));
        var starting = SpawnAsync();
        while (!World.Calls.ContainsKey("StartProcess")) await Task.Delay(1, Cancel);
        Scripted.Sleep();
        var (_, program) = await starting;
        Assert.Same(program, Scripted.OnlyProcess);
        Assert.Equal((3, 1), (program.Request.GetProperty("epoch").GetInt64(), program.Request.GetProperty("timeline").GetInt64()));
        Assert.Equal(4, Scripted.Epoch);
    }

    [Fact(Timeout = 60_000)]
    public async Task Forks_have_ids_and_tokens_of_their_own()
    {
        var forks = await Box.ForkAsync(3, Cancel);
        Assert.Equal(4, forks.Select(fork => fork.Id).Append(Box.Id).Distinct(StringComparer.Ordinal).Count());
        foreach (var fork in forks)
        {
            Assert.Equal(($"token-{fork.Id}", true, SandboxStatus.Running), (fork.Token, fork.Created, fork.Info.Status));
            var process = Own(await fork.SpawnAsync(["program"], cancellationToken: Cancel));
            Assert.Equal(fork.Token, World.Sandboxes[fork.Id].Processes[process.Id].Request.GetProperty("token").GetString());
            await fork.DisposeAsync();
        }

        Assert.Equal(SandboxStatus.Running, (await Box.DescribeAsync(Cancel)).Status); // over the connection that they shared
        Assert.Single(await Box.ForkAsync(cancellationToken: Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_fork_whose_answer_was_lost_is_not_repeated_and_its_events_tell_what_was_made()
    {
        World.Order("ForkSandbox", s_lost);
        await Assert.ThrowsAsync<UnknownOutcomeException>(() => Box.ForkAsync(2, Cancel));
        Assert.Equal(1, World.Calls["ForkSandbox"]);
        var made = new List<string>();
        await foreach (var happened in Box.Events(cancellationToken: Cancel))
        {
            if (happened.Type is "forked") made.Add(happened.SandboxId!);
            if (made.Count == 2) break;
        }

        Assert.All(made, id => Assert.Contains(id, World.Sandboxes.Keys));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_events_of_sleeping_are_told()
    {
        await Box.SuspendAsync(Cancel);
        await Box.RestoreAsync(Cancel);
        await Box.RewindAsync("c1", Cancel);
        var told = new List<SandboxEvent>();
        await foreach (var happened in Box.Events(cancellationToken: Cancel))
        {
            told.Add(happened);
            if (told.Count == 4) break;
        }

        Assert.Equal(["checkpointed", "suspended", "restored", "rewound"], told.Select(happened => happened.Type));
        Assert.All(told, happened => Assert.Equal("c1", happened.CheckpointId));
        Assert.Equal((1L, 2L, DateTimeOffset.UnixEpoch, "its host was lost"), (told[2].Timeline, told[3].Timeline, told[3].Since, told[3].Reason));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_idle_policy_and_the_checkpoints_are_sent_as_asked()
    {
        var options = new CreateOptions { OnIdle = IdleAction.Suspend, CheckpointInterval = TimeSpan.FromSeconds(60), KeepCheckpoints = 3 };
        var sandbox = Own(await Sandbox.CreateAsync(Server.Address, options, cancellationToken: Cancel));
        using var request = JsonDocument.Parse(World.Sandboxes[sandbox.Id].Request);
        Assert.Equal("suspend", request.RootElement.GetProperty("onIdle").GetString());
        Assert.Equal(60, request.RootElement.GetProperty("checkpointInterval").GetDouble());
        Assert.Equal(3, request.RootElement.GetProperty("keepCheckpoints").GetInt32());
    }
}
