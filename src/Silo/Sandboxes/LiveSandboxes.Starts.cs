using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Starts;

namespace Sandbox.Silo.Sandboxes;

// From start states.
internal sealed partial class LiveSandboxes
{
    private static SandboxError? RefuseStart(SandboxSpec spec) =>
        spec.Start is null || (spec.Snapshot is null && StartCommand.Find(spec.Template, spec.Start) is not null) ? null
        : StartCommand.NamesOf(spec.Template) is { Count: > 0 } names
            ? Refusal.Invalid($"The template '{spec.Template}' has no start state '{spec.Start}'. It has: {string.Join(", ", names)}.")
            : Refusal.Invalid($"The template '{spec.Template}' has no start state.");

    /// <summary>One that begins from a start state where there is one of its size, and else starts cold and runs the start command.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="spec">What it is to be.</param>
    /// <param name="lease">This host's lease on it.</param>
    /// <param name="command">The template's start command.</param>
    /// <param name="stack">The template's layers, lowest first.</param>
    /// <param name="elsewhere">Whether there is room on another host, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<Outcome<ILiveSandbox>> BeginAsync(
        string key, SandboxSpec spec, HeadLease lease, StartCommand command, IReadOnlyList<LayerDescriptor> stack, Func<bool>? elsewhere,
        CancellationToken cancellationToken)
    {
        var size = SizeOf(spec);
        var state = size == _usual ? _starts.Find(command, stack) : null;
        var begun = false;
        var rental = await _pool.RentAsync(
            async token =>
            {
                if (state is null) return await _factory.StartAsync(size, stack, token);
                (var started, begun) = await _starts.StartAsync(state, token);
                return started;
            },
            elsewhere,
            cancellationToken);
        if (rental is not Rental<StartedSandbox>.Granted granted)
            return Refusal.Answer<ILiveSandbox>(Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
        var sandbox = Create(key, granted.Sandbox, spec, FirstTimeline, lease);
        try
        {
            if (begun)
            {
                await sandbox.TakeOverAsync(state!.Image, state.Files.Directory, timeline: null, cancellationToken);
            }
            else if (command.Arguments.Count > 0)
            {
                var started = await sandbox.StartAsync(command.ToProcess(), cancellationToken);
                if (!started.Succeeded)
                {
                    await sandbox.DisposeAsync();
                    return Refusal.Answer<ILiveSandbox>(started.Error);
                }
            }
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }

        return await KeepAsync(key, sandbox);
    }
}
