using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Hosting;

/// <summary>What starting and keeping a sandbox needs of a machine.</summary>
internal interface ISandboxMachine
{
    /// <summary>What starts containers.</summary>
    ContainerRuntime Containers { get; }

    /// <summary>The template that sandboxes start from, as an image.</summary>
    RootImage Base { get; }

    /// <summary>Makes layers into what containers stand on.</summary>
    SandboxRoots Roots { get; }

    /// <summary>Where snapshots are kept.</summary>
    SnapshotStore Snapshots { get; }

    /// <summary>The layer of the template that sandboxes start from.</summary>
    LayerDescriptor Template { get; }

    /// <summary>All layers that a sandbox stands on, lowest first.</summary>
    /// <param name="root">What it was started on; null for the template alone.</param>
    IReadOnlyList<LayerDescriptor> StackOf(SandboxRoot? root) => root?.Stack ?? [Template];

    /// <summary>The templates that ship with the product.</summary>
    TemplateCatalog Templates { get; }

    /// <summary>Where checkpoints are kept.</summary>
    CheckpointStore Checkpoints { get; }

    /// <summary>What a checkpoint made here says of this machine.</summary>
    CheckpointDraft Draft { get; }

    /// <summary>What decides which checkpoints can be restored here.</summary>
    CheckpointHost Host { get; }

    /// <summary>Where this host keeps everything.</summary>
    DataDirectory Data { get; }

    /// <summary>Where files of checkpoints lie for a while.</summary>
    string TemporaryDirectory { get; }

    /// <summary>What a container must be that a checkpoint made here is restored into.</summary>
    /// <param name="spec">What it would be for a new sandbox.</param>
    ContainerSpec Fit(ContainerSpec spec);

    /// <summary>What a container must be that a checkpoint is restored into.</summary>
    /// <param name="spec">What it would be for a new sandbox on the same root.</param>
    /// <param name="manifest">A checkpoint that <see cref="Host"/> allows.</param>
    ContainerSpec Fit(ContainerSpec spec, CheckpointManifest manifest);

    /// <summary>Where output that does not fit into memory is kept: this server's alone, and empty when it starts.</summary>
    string OutputDirectory { get; }
}
