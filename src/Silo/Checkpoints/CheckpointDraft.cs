using Sandbox.Grains.Holding;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>What the host says of a checkpoint that is to be stored.</summary>
internal sealed record CheckpointDraft
{
    /// <summary>The sandbox.</summary>
    public required SandboxKey Sandbox { get; init; }

    /// <summary>The checkpoint that the sandbox's state grew from; null for the first.</summary>
    public string? Parent { get; init; }

    /// <summary>A name for people: up to 128 characters. One that has a label is kept by retention.</summary>
    public string Label { get; init; } = "";

    /// <summary>Why it is made.</summary>
    public CheckpointKind Kind { get; init; }

    /// <summary>The version of runsc that made the image; only the same one restores it.</summary>
    public required string RunscVersion { get; init; }

    /// <summary>runsc's platform.</summary>
    public required string Platform { get; init; }

    /// <summary>The processor features that the image may use.</summary>
    public IReadOnlyList<string> CpuFeatures { get; init; } = [];

    /// <summary>The digest of the template's layer: the lowest.</summary>
    public required LayerDigest Template { get; init; }

    /// <summary>All layers that the sandbox stands on, lowest first: the template as it was when the sandbox was made, or an imported lowest layer, and those above it.</summary>
    public IReadOnlyList<LayerDescriptor> Layers { get; init; } = [];

    /// <summary>The sandbox's files over those, as one more layer of its owner beside the image; null where it does not ask for that.</summary>
    public LayerDescriptor? Files { get; init; }

    /// <summary>The digest of the guest agent's executable.</summary>
    public required LayerDigest Agent { get; init; }

    /// <summary>The sandbox's memory limit in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The sandbox's disk limit in bytes.</summary>
    public long DiskBytes { get; init; }

    /// <summary>The epoch of the holder that makes it.</summary>
    public long Epoch { get; init; }

    /// <summary>The timeline that it continues.</summary>
    public long Timeline { get; init; }

    /// <summary>What the parts were before compression, in bytes; null when they are not compressed.</summary>
    public long? UncompressedBytes { get; init; }
}
