using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Tests.Checkpoints;

/// <summary>What tests say of a checkpoint when it does not matter what.</summary>
internal static class Drafts
{
    public static CheckpointKeys Keys { get; } = new(new byte[32]);

    public static CheckpointDraft Of(SandboxKey key, string? parent = null) => new()
    {
        Sandbox = key,
        Parent = parent,
        RunscVersion = "release-20240729.0",
        Platform = "systrap",
        CpuFeatures = ["sse4_2", "avx2"],
        Template = LayerDigest.OfText("template"),
        Layers = [new LayerDescriptor(LayerDigest.OfText("layer"), LayerDigest.OfText("diff"), 10, 20)],
        Agent = LayerDigest.OfText("agent"),
        MemoryBytes = 100,
        DiskBytes = 50,
        Epoch = 3,
        Timeline = 2,
    };

    public static CheckpointManifest Manifest(SandboxKey key, params CheckpointPart[] parts)
    {
        var draft = Of(key);
        return new CheckpointManifest
        {
            Version = 1,
            Sandbox = key.ToString(),
            Id = CheckpointId.New(DateTimeOffset.UnixEpoch),
            Created = DateTimeOffset.UnixEpoch,
            Label = "",
            Kind = CheckpointKind.Manual,
            RunscVersion = draft.RunscVersion,
            Platform = draft.Platform,
            CpuFeatures = draft.CpuFeatures,
            Template = draft.Template,
            Layers = draft.Layers,
            Agent = draft.Agent,
            MemoryBytes = draft.MemoryBytes,
            DiskBytes = draft.DiskBytes,
            Epoch = draft.Epoch,
            Timeline = draft.Timeline,
            Parts = parts,
            Size = parts.Sum(part => part.Size),
            UncompressedBytes = parts.Sum(part => part.Size),
        };
    }
}
