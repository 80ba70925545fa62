using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Snapshots;

/// <summary>A snapshot that is to be stored.</summary>
/// <param name="Owner">Whose.</param>
/// <param name="Name">Its name.</param>
/// <param name="Layers">All that it is, lowest first.</param>
/// <param name="Options">How.</param>
/// <param name="Parent">What its sandbox was started from, or null.</param>
/// <param name="Template">What makes it a template, or null.</param>
internal sealed record SnapshotDraft(
    string Owner, string Name, IReadOnlyList<LayerDescriptor> Layers, SnapshotOptions Options, SnapshotParent? Parent = null, TemplateConfiguration? Template = null);

/// <summary>The snapshot that a sandbox was started from.</summary>
/// <param name="Name">Its name then.</param>
/// <param name="Id">Its id.</param>
internal sealed record SnapshotParent(string Name, string Id);
