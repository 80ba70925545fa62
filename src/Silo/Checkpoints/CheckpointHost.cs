using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>What decides which checkpoints a host can restore.</summary>
internal sealed record CheckpointHost
{
    /// <summary>The versions of runsc that it has.</summary>
    public required IReadOnlySet<string> RunscVersions { get; init; }

    /// <summary>The platform that it runs.</summary>
    public required string Platform { get; init; }

    /// <summary>Its processor's features.</summary>
    public required IReadOnlySet<string> CpuFeatures { get; init; }

    /// <summary>The guest agents that it has.</summary>
    public required IReadOnlySet<LayerDigest> Agents { get; init; }

    /// <summary>Those of a checkpoint's layers that are neither unpacked here nor in the store.</summary>
    public IReadOnlySet<LayerDigest> MissingLayers { get; init; } = new HashSet<LayerDigest>();

    /// <summary>Bytes of memory and disk together that it gives a sandbox at most.</summary>
    public long MostBytes { get; init; } = long.MaxValue;
}
