using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;

namespace Sandbox.Silo.Hosting;

// What it is to checkpoints.
internal sealed partial class HostMachine
{
    private CheckpointStore? _checkpointStore;
    private CheckpointDraft? _draft;
    private CheckpointHost? _host;
    private Template? _template;
    private DataDirectory? _data;
    private SandboxRoots? _roots;
    private SnapshotStore? _snapshots;
    private TemplateCatalog? _templates;

    /// <inheritdoc/>
    public CheckpointStore Checkpoints => _checkpointStore ?? throw NotPrepared();

    /// <inheritdoc/>
    public CheckpointDraft Draft => _draft ?? throw NotPrepared();

    /// <inheritdoc/>
    public CheckpointHost Host => _host ?? throw NotPrepared();

    /// <inheritdoc/>
    public DataDirectory Data => _data ?? throw NotPrepared();

    /// <inheritdoc/>
    public string TemporaryDirectory => Data.Temporary;

    /// <inheritdoc/>
    public SandboxRoots Roots => _roots ?? throw NotPrepared();

    /// <inheritdoc/>
    public SnapshotStore Snapshots => _snapshots ?? throw NotPrepared();

    /// <inheritdoc/>
    public TemplateCatalog Templates => _templates ?? throw NotPrepared();

    /// <inheritdoc/>
    public LayerDescriptor Template => (_template ?? throw NotPrepared()).Layer;

    /// <inheritdoc/>
    public ContainerSpec Fit(ContainerSpec spec) => spec with { Runsc = _runsc!.Usual };

    /// <inheritdoc/>
    public ContainerSpec Fit(ContainerSpec spec, CheckpointManifest manifest) => spec with { Runsc = _runsc!.Find(manifest.RunscVersion) };

    private void PrepareCheckpoints(DataDirectory data, Template template, HostCpu cpu)
    {
        var cache = PartCache.Open(data.Checkpoints, checkpoints.Value.CacheBytes, PartCache.Boot());
        _checkpointStore = new CheckpointStore(
            Blobs, CheckpointKeys.Open(data.Path, checkpoints.Value), cache, faults.Clock, loggers.CreateLogger<CheckpointStore>());
        _template = template;
        _roots = new SandboxRoots(_layers!, _images!);
        _snapshots = new SnapshotStore(Blobs, faults.Clock, checkpoints.Value);
        _draft = new CheckpointDraft
        {
            Sandbox = new SandboxKey("nobody", "none"),
            RunscVersion = _runsc!.Usual.Version.Text,
            Platform = runsc.Value.Platform.ToString(),
            CpuFeatures = cpu.Features,
            Template = template.Digest,
            Agent = LayerDigest.Parse($"sha256:{Base.AgentDigest}"),
        };
        _host = new CheckpointHost
        {
            RunscVersions = _runsc.Others.Prepend(_runsc.Usual).Select(installation => installation.Version.Text).ToHashSet(StringComparer.Ordinal),
            Platform = _draft.Platform,
            CpuFeatures = cpu.Features,
            Agents = _images!.Agents.Select(agent => LayerDigest.Parse($"sha256:{agent}")).ToHashSet(),
        };
    }
}
