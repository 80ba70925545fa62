using Sandbox.Gateway.Access;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Checkpoints;

/// <summary>The calls about a sandbox's checkpoints and its sleep, the same for the hub and for <c>/v1</c>. They come behind <see cref="SandboxAccess"/>.</summary>
internal static class CheckpointCalls
{
    /// <summary>The most forks of one call.</summary>
    public const int MostForks = 100;

    private const int MostLabel = 128;

    public static async Task<CheckpointAnswer> CheckpointAsync(ISandboxGrain sandbox, Arguments request) =>
        new(CheckpointView.Of((await sandbox.CheckpointAsync(request.Text("label", MostLabel))).ValueOrThrow()));

    public static async Task<SandboxAnswer> SuspendAsync(ISandboxGrain sandbox) => Answer(await sandbox.SuspendAsync());

    public static async Task<SandboxAnswer> RestoreAsync(ISandboxGrain sandbox, Arguments request) =>
        Answer(request.Flag("cold", otherwise: false) ? await sandbox.RestoreColdAsync() : await sandbox.RestoreAsync());

    public static async Task<SandboxAnswer> RewindAsync(ISandboxGrain sandbox, Arguments request) =>
        Answer(await sandbox.RewindAsync(Ids.CheckCheckpoint(request.RequiredText("checkpointId", 256))));

    public static async Task<CheckpointListAnswer> ListAsync(ISandboxGrain sandbox) =>
        CheckpointListAnswer.Of((await sandbox.ListCheckpointsAsync()).ValueOrThrow());

    public static async Task<CheckpointListAnswer> DeleteAsync(ISandboxGrain sandbox, string checkpointId) =>
        CheckpointListAnswer.Of((await sandbox.DeleteCheckpointAsync(Ids.CheckCheckpoint(checkpointId))).ValueOrThrow());

    /// <summary>Forks; the new sandboxes belong to the same owner.</summary>
    public static async Task<ForkAnswer> ForkAsync(ISandboxGrain sandbox, Arguments request)
    {
        var count = (int)(request.Whole("count", 1, MostForks) ?? 1);
        var key = FollowedSandbox.GrainOf(sandbox).GetPrimaryKeyString();
        var owner = key[..key.IndexOf('/', StringComparison.Ordinal)];
        var forked = (await sandbox.ForkAsync([.. Enumerable.Range(0, count).Select(_ => Ids.NewSandbox())])).ValueOrThrow();
        return new ForkAnswer([.. forked.Sandboxes.Select(made => CreatedAnswer.Of(made, owner))]);
    }

    private static SandboxAnswer Answer(Outcome<SandboxDescription> outcome) => SandboxAnswer.Of(outcome.ValueOrThrow());
}
