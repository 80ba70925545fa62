using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Templates.Building;

/// <summary>What sandboxes are started from.</summary>
/// <param name="Layers">All layers, lowest first.</param>
/// <param name="Snapshot">The owner's snapshot or template that it is, or null of one of the product's.</param>
internal sealed record TemplateBase(IReadOnlyList<LayerDescriptor> Layers, SnapshotRecord? Snapshot = null)
{
    /// <summary>What it says of sandboxes; null of what is no template of an owner.</summary>
    public TemplateConfiguration? Configuration => Snapshot?.Template;
}
