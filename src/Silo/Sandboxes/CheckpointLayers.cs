using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Sandboxes;

/// <summary>The layers of a checkpoint.</summary>
/// <param name="Below">What the sandbox stands on, lowest first.</param>
/// <param name="Files">What was written over those, or null where it is in the image alone.</param>
/// <param name="OpenFiles">Opens that.</param>
internal sealed record CheckpointLayers(IReadOnlyList<LayerDescriptor> Below, LayerDescriptor? Files = null, Func<Stream>? OpenFiles = null);
