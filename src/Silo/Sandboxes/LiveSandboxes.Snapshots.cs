using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Templates.Building;

namespace Sandbox.Silo.Sandboxes;

// From templates and snapshots.
internal sealed partial class LiveSandboxes
{
    /// <summary>What a sandbox is to start from.</summary>
    private async Task<Outcome<TemplateBase>> OpenBaseAsync(SandboxKey sandbox, SandboxSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return spec.Snapshot is { } name
                ? await OpenSnapshotAsync(sandbox.Owner, name, cancellationToken)
                : await TemplateFinder.FindAsync(_machine, sandbox.Owner, spec.Template, snapshots: false, cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Refusal.Answer<TemplateBase>(Unreadable(e));
        }
    }

    private async Task<Outcome<TemplateBase>> OpenSnapshotAsync(string owner, string name, CancellationToken cancellationToken) =>
        await _machine.Snapshots.FindAsync(owner, name, cancellationToken) is var (record, _)
            ? Refusal.Answer(new TemplateBase(record.Layers, record))
            : SnapshotStore.Missing<TemplateBase>(name);

    /// <summary>Has the layers of what a sandbox starts from stay in the store for it from now on.</summary>
    /// <returns>Why they do not, or null.</returns>
    private async Task<SandboxError?> KeepLayersAsync(SandboxKey sandbox, SnapshotRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await _machine.Snapshots.KeepForAsync(sandbox, record, cancellationToken) ? null : SnapshotStore.Missing<TemplateBase>(record.Name).Error;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Unreadable(e);
        }
    }

    private static SandboxError Unreadable(Exception e) => Refusal.Unavailable($"What the sandbox is to start from cannot be read: {e.Message}");

    private StartedSandbox? TakeStandby(IReadOnlyList<LayerDescriptor> layers, SandboxSize size) =>
        size == _usual ? _standbys.TryTake(LayerDigest.OfChain(layers.Select(layer => layer.DiffId))) : null;

    /// <inheritdoc cref="QuietCopy"/>
    private Task<Rental<StartedSandbox>> CopyQuietAsync(
        StartedSandbox original, string imageDirectory, Func<CancellationToken, Task<LinkImage>> checkpoint, CancellationToken cancellationToken) =>
        _pool.RentAsync(
            async token => await _factory.CopyQuietAsync(
                original, imageDirectory, await checkpoint(token), spec => _created.TryTake(spec) ?? _standbys.TryTake(spec), token),
            elsewhere: null,
            cancellationToken);
}
