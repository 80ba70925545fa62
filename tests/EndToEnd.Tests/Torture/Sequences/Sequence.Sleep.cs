using Sandbox.EndToEnd.Tests.Live;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

// What is asked of a sandbox as a whole.
internal sealed partial class Sequence
{
    private async Task CheckpointAsync(ModelSandbox sandbox)
    {
        Note(sandbox, "checkpoint");
        var checkpoint = (await hub.CallAsync("CheckpointSandbox", new { id = sandbox.Id })).GetProperty("checkpoint");
        Assert.Equal(sandbox.Current, Optional(checkpoint, "parent"));
        sandbox.Asleep = false;
        sandbox.Taken(checkpoint.Text("id"));
    }

    private async Task SuspendAsync(ModelSandbox sandbox)
    {
        Note(sandbox, "suspend");
        Assert.Equal("suspended", (await hub.CallAsync("SuspendSandbox", new { id = sandbox.Id })).Status());
        if (!sandbox.Asleep) sandbox.Taken(await CurrentAsync(sandbox));
        sandbox.Asleep = true;
        await AssertDescribedAsync(sandbox);
    }

    private async Task RestoreAsync(ModelSandbox sandbox)
    {
        Note(sandbox, "restore");
        Assert.Equal("running", (await hub.CallAsync("RestoreSandbox", new { id = sandbox.Id })).Status());
        sandbox.Asleep = false;
    }

    private async Task RewindAsync(ModelSandbox sandbox)
    {
        if (sandbox.Checkpoints.Count == 0) return;
        var target = sandbox.Checkpoints[_random.Next(sandbox.Checkpoints.Count)];
        Note(sandbox, $"rewind to {sandbox.Checkpoints.IndexOf(target)}");
        await hub.CallAsync("RewindSandbox", new { id = sandbox.Id, checkpointId = target.Id });
        (sandbox.Asleep, sandbox.Current, sandbox.Processes) = (false, target.Id, target.Processes);
        sandbox.Timeline++;
        await AssertDescribedAsync(sandbox);
    }

    private async Task ForkAsync(ModelSandbox sandbox)
    {
        if (_sandboxes.Count == MostSandboxes) return;
        Note(sandbox, "fork");
        var made = (await hub.CallAsync("ForkSandbox", new { id = sandbox.Id, count = 1 })).GetProperty("sandboxes").EnumerateArray().Single();
        var fork = new ModelSandbox(made.GetProperty("sandbox").Text("id"));
        _sandboxes.Add(fork);
        if (!sandbox.Asleep) sandbox.Taken(await CurrentAsync(sandbox));
        fork.Processes = sandbox.Checkpoints.Single(checkpoint => checkpoint.Id == sandbox.Current).Processes;
        fork.Taken(await CurrentAsync(fork));
        await AssertDescribedAsync(fork);
    }

    private async Task DeleteCheckpointAsync(ModelSandbox sandbox)
    {
        if (sandbox.Checkpoints.Count == 0) return;
        var target = sandbox.Checkpoints[_random.Next(sandbox.Checkpoints.Count)];
        Note(sandbox, $"delete checkpoint {sandbox.Checkpoints.IndexOf(target)}");
        if (target.Id == sandbox.Current)
        {
            Assert.Equal("conflict", (await hub.FailAsync("DeleteCheckpoint", new { id = sandbox.Id, checkpointId = target.Id })).Text("code"));
            return;
        }

        await hub.CallAsync("DeleteCheckpoint", new { id = sandbox.Id, checkpointId = target.Id });
        sandbox.Checkpoints.Remove(target);
        await AssertDescribedAsync(sandbox);
    }

    private async Task<string> CurrentAsync(ModelSandbox sandbox) => (await hub.CallAsync("ListCheckpoints", new { id = sandbox.Id })).Text("current");
}
