using System.Runtime.CompilerServices;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Telemetry;
using Sandbox.Silo.Templates.Building;

namespace Sandbox.Silo.Executions;

/// <summary>The host of this silo's grains.</summary>
internal sealed class SandboxHost(
    WarmPool<StartedSandbox> pool, LiveSandboxes sandboxes, SandboxCheckpoints checkpoints, StoredSnapshots snapshots, StoredTemplates templates, SandboxHolding holding, TimeProvider time,
    IHostRooms? rooms = null)
    : ISandboxHost
{
    /// <inheritdoc/>
    public HostReadiness Readiness => pool.Readiness;

    /// <inheritdoc/>
    public async Task<Outcome<ILiveSandbox>> StartSandboxAsync(string key, SandboxSpec spec, CancellationToken cancellationToken)
    {
        using var activity = HostMetrics.Activities.StartActivity("sandbox.start");
        return await sandboxes.StartAsync(key, spec, Elsewhere(spec), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<ILiveSandbox>> RestoreSandboxAsync(
        string key, SandboxSpec spec, CheckpointRestore restore, CancellationToken cancellationToken)
    {
        using var activity = HostMetrics.Activities.StartActivity("sandbox.restore");
        var began = time.GetTimestamp();
        var outcome = await sandboxes.RestoreAsync(key, spec, restore, restore.Stays ? null : Elsewhere(spec), cancellationToken);
        HostMetrics.Restored(time.GetElapsedTime(began), outcome.Error is null);
        return outcome;
    }

    private Func<bool>? Elsewhere(SandboxSpec spec) => rooms is null ? null : () => rooms.IsElsewhere(spec);

    /// <inheritdoc/>
    public ICheckpointStore Checkpoints => checkpoints;

    /// <inheritdoc/>
    public ISnapshotStore Snapshots => snapshots;

    /// <inheritdoc/>
    public ITemplateStore Templates => templates;

    /// <inheritdoc/>
    public ISandboxHolding? Holding => holding;

    /// <inheritdoc/>
    public IHostRooms? Rooms => rooms;

    /// <inheritdoc/>
    public ILiveSandbox? FindSandbox(string key) => sandboxes.Find(key);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ExecutionEvent> ExecuteAsync(
        ExecutionRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var activity = HostMetrics.Activities.StartActivity("sandbox.execution");
        var asked = time.GetTimestamp();
        var rental = await pool.RentAsync(cancellationToken);
        if (rental is not Rental<StartedSandbox>.Granted granted)
        {
            yield return ((Rental<StartedSandbox>.Refused)rental).Refusal;
            yield break;
        }

        try
        {
            yield return new ExecutionStarted();
            await using var run = new OneOffRun(granted.Sandbox, request, time.GetElapsedTime(asked), granted.Warm, time, cancellationToken);
            while (await run.NextAsync(cancellationToken) is { } output) yield return output;
            activity?.SetTag("reason", run.Exit!.Reason.ToString());
            HostMetrics.Executed(run.Exit!.Timings.Ran, run.Exit.Reason.ToString(), granted.Warm);
            yield return run.Exit;
        }
        finally
        {
            pool.Retire(granted.Sandbox);
        }
    }
}
