using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Output;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Snapshots.Oci;
using Sandbox.Silo.Starts;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Templates.Building;
using Sandbox.Silo.Tests.Containers;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>
/// A host of sandboxes that stay, with the real runsc, template and agent, on a data directory of its own. Disposing proves that nothing was left.
/// </summary>
internal sealed class LiveHost : ISandboxMachine, IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly WarmPool<StartedSandbox> _pool;
    private readonly DirectoryBlobStore _blobs;
    private readonly LayerDirectories _layers;
    private readonly RootImages _images;

    private LiveHost(
        TestServer server, LiveTemplate template, RootImage image, PoolOptions pool, LiveSandboxOptions options, OutputLogOptions logs, LeaseOptions? lease,
        TimeProvider time)
    {
        (_server, Base) = (server, image);
        Data = DataDirectory.Open(server.Data);
        // What the template's layer would be unpacked as.
        File.CreateSymbolicLink(UnpackedAs(Template), LiveTemplate.Rootfs!);
        OutputDirectory = Directory.CreateDirectory(Path.Combine(server.Data, "output")).FullName;
        var factory = new SandboxFactory(this, Options.Create(Usual), TimeProvider.System, NullLoggerFactory.Instance);
        _pool = new WarmPool<StartedSandbox>(factory, Options.Create(pool), TimeProvider.System, NullLogger<WarmPool<StartedSandbox>>.Instance);
        TemporaryDirectory = Data.Temporary;
        _blobs = DirectoryBlobStore.Open(Path.Combine(server.Data, "blobs"), TimeProvider.System);
        Checkpoints = new CheckpointStore(
            _blobs, new CheckpointKeys(new byte[32]), PartCache.Open(Path.Combine(server.Data, "checkpoints"), 1 << 30, "boot"), TimeProvider.System,
            NullLogger<CheckpointStore>.Instance);
        _layers = new LayerDirectories(Data, _blobs, new LayerLimits());
        _images = new RootImages(template.Directory, LiveTemplate.Agent!);
        Roots = new SandboxRoots(_layers, _images);
        Snapshots = new SnapshotStore(_blobs, TimeProvider.System, new CheckpointOptions());
        Uploads = new SnapshotUploads(Options.Create(new LayerOptions()), TimeProvider.System);
        Standbys = new SnapshotStandbys(
            _pool, factory, Options.Create(Usual), Options.Create(pool), TimeProvider.System, NullLogger<SnapshotStandbys>.Instance);
        var images = new OciImages(this, Standbys);
        StoredSnapshots = new StoredSnapshots(this, _blobs, Uploads, images);
        Templates = new TemplateCatalog(_blobs, _layers);
        Draft = new CheckpointDraft
        {
            Sandbox = new SandboxKey("nobody", "none"),
            RunscVersion = "this",
            Platform = "any",
            Template = Template.Digest,
            Agent = LayerDigest.Parse("sha256:" + image.AgentDigest),
        };
        Host = new CheckpointHost
        {
            RunscVersions = new HashSet<string> { "this" },
            Platform = "any",
            CpuFeatures = new HashSet<string>(),
            Agents = new HashSet<LayerDigest> { Draft.Agent },
        };
        Stored = new SandboxCheckpoints(this);
        Created = new CreatedContainers(_pool, factory, Options.Create(pool), TimeProvider.System, NullLogger<CreatedContainers>.Instance);
        Created.Fill();
        NewStarts = () => new StartStates(
            _pool, factory, Created, Standbys, Stored, this, Options.Create(Usual), Options.Create(pool), TimeProvider.System, NullLogger<StartStates>.Instance);
        Starts = NewStarts();
        Recipes = new StoredTemplates(
            this, Starts, Uploads, images, new TemplateBuildRun(_pool, factory, Standbys, this, Options.Create(TemplateOptions)), Options.Create(TemplateOptions));
        Heads = new HeadStore(_blobs);
        Leases = new HeadLeases(
            Heads, HolderId.New("this"), address: null, Options.Create(lease ?? new LeaseOptions()), new BootClock(TimeProvider.System), NullLogger<HeadLeases>.Instance);
        Sandboxes = new LiveSandboxes(
            _pool, factory, Created, Standbys, Starts, Stored, Leases, this, Options.Create(Usual), Options.Create(options), Options.Create(logs), time, NullLoggerFactory.Instance);
    }

    public static SandboxOptions Usual { get; } = new() { MemoryBytes = 400 << 20, DiskBytes = 64 << 20, Processes = 128 };

    public DirectoryBlobStore Blobs => _blobs;

    public ContainerRuntime Containers => _server.Runtime;

    public RootImage Base { get; private set; }

    public DataDirectory Data { get; }

    public SandboxRoots Roots { get; }

    public SnapshotStore Snapshots { get; }

    public SnapshotStandbys Standbys { get; }

    public StartStates Starts { get; }

    /// <summary>Start states as another life of this host would see them.</summary>
    public Func<StartStates> NewStarts { get; }

    public SnapshotUploads Uploads { get; }

    public StoredSnapshots StoredSnapshots { get; }

    public LayerDescriptor Template { get; private set; } = LiveTemplate.Layer;

    public TemplateCatalog Templates { get; }

    /// <summary>What builds templates, and how: read at each build.</summary>
    public StoredTemplates Recipes { get; }

    public TemplateOptions TemplateOptions { get; } = new() { MemoryBytes = 300 << 20, DiskBytes = 64 << 20, Processes = 64 };

    public string OutputDirectory { get; }

    public string TemporaryDirectory { get; }

    public CheckpointStore Checkpoints { get; }

    public CheckpointDraft Draft { get; set; }

    public CheckpointHost Host { get; set; }

    public SandboxCheckpoints Stored { get; }

    public HeadStore Heads { get; }

    public HeadLeases Leases { get; }

    public CreatedContainers Created { get; }

    public ContainerSpec Fit(ContainerSpec spec) => spec;

    public ContainerSpec Fit(ContainerSpec spec, CheckpointManifest manifest) => spec;

    public LiveSandboxes Sandboxes { get; }

    public WarmPool<StartedSandbox> Pool => _pool;

    /// <summary>Goes over to another state of the template, as a host does whose template was built anew.</summary>
    /// <param name="name">Names it.</param>
    /// <param name="directory">What it is unpacked as.</param>
    public async Task RebuildAsync(string name, string directory)
    {
        Template = new(LayerDigest.OfText(name), LayerDigest.OfText(name + " diff"), 1, 1);
        File.CreateSymbolicLink(UnpackedAs(Template), directory);
        Base = await _images.GetAsync(Template.Digest.Hex, directory, Test);
        Draft = Draft with { Template = Template.Digest };
    }

    /// <summary>Where a lowest layer is unpacked on this host.</summary>
    public string UnpackedAs(LayerDescriptor lowest) => Path.Combine(Data.Layers, "sha256-" + lowest.DiffId.Hex);

    /// <summary>Whether there is anything of a container on the machine.</summary>
    public bool HasContainers => !_server.Residue.Inspect().IsEmpty;

    /// <summary>The containers that there are.</summary>
    public string[] ContainerIds => [.. Directory.GetDirectories(_server.Directories.Bundles).Select(bundle => Path.GetFileName(bundle)!)];

    /// <summary>Files of output on the disk.</summary>
    public string[] OutputFiles => Directory.GetFiles(OutputDirectory, "*", SearchOption.AllDirectories);

    /// <summary>Ends every container from outside, as a person with `kill` would.</summary>
    public Task KillContainersAsync() => _server.Residue.RemoveAsync(Test);

    /// <summary>Stops every process of every container, as a gVisor does that hangs: they stay, and answer nothing.</summary>
    public async Task HangContainersAsync()
    {
        foreach (var id in ContainerIds)
        {
            foreach (var process in Directory.GetDirectories("/proc").Where(directory => int.TryParse(Path.GetFileName(directory), out _)))
            {
                if (!File.Exists($"{process}/cmdline") || !(await File.ReadAllTextAsync($"{process}/cmdline", Test)).Contains(id, StringComparison.Ordinal)) continue;
                using var kill = Process.Start("kill", ["-STOP", Path.GetFileName(process)]);
                await kill.WaitForExitAsync(Test);
            }
        }
    }

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public static async Task<LiveHost> StartAsync(
        TestBinaries binaries, LiveTemplate template, PoolOptions? pool = null, LiveSandboxOptions? options = null, OutputLogOptions? logs = null,
        TimeProvider? time = null, LeaseOptions? lease = null)
    {
        var image = await template.ImageAsync();
        var server = await TestServer.StartAsync(binaries, change: runtime => runtime with { AgentFile = LiveTemplate.Agent! });
        return new LiveHost(server, template, image, pool ?? new PoolOptions { Size = 0, Created = 0, Starts = 0 }, options ?? new(), logs ?? new(), lease, time ?? TimeProvider.System);
    }

    public static SandboxSpec Spec { get; } = new()
    {
        Template = "base",
        Directory = "/home/user",
        MemoryBytes = Usual.MemoryBytes,
        DiskBytes = Usual.DiskBytes,
        Processes = Usual.Processes,
    };

    /// <summary>Starts a sandbox, which must succeed.</summary>
    public async Task<ILiveSandbox> CreateAsync(string key = "owner/one", SandboxSpec? spec = null)
    {
        var outcome = await Sandboxes.StartAsync(key, spec ?? Spec, elsewhere: null, Test);
        Assert.True(outcome.Succeeded, outcome.Error?.Message);
        return outcome.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await Sandboxes.DisposeAsync();
        await Starts.DisposeAsync();
        await Standbys.DisposeAsync();
        await Created.DisposeAsync();
        await _pool.DisposeAsync();
        Uploads.Dispose();
        await _layers.DisposeAsync();
        _images.Dispose();
        _blobs.Dispose();
        // Names in layers need not be UTF-8, and the template in it is a link.
        DirectoryTree.Remove(Data.Layers);
        var left = Left();
        for (var tries = 0; left.Count > 0 && tries < 100; tries++)
        {
            // What was given up may still be on its way out.
            await Task.Delay(50);
            left = Left();
        }

        await _server.DisposeAsync();
        Assert.Empty(left);

        List<string> Left() =>
        [
            .. new[] { OutputDirectory, TemporaryDirectory }.SelectMany(directory => Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)),
        ];
    }
}
