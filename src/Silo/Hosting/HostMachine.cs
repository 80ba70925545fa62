using Microsoft.Extensions.Options;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Faults;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;
using Sandbox.Silo.Templates;
using Sandbox.Silo.Templates.Building;

namespace Sandbox.Silo.Hosting;

/// <summary>
/// This machine as a place for sandboxes, with one data directory that is this server's alone while it lives: made ready once, before
/// anything is started on it, and left clean.
/// </summary>
internal sealed partial class HostMachine(
    IOptions<ServerOptions> server, IOptions<GcsOptions> gcs, IOptions<RunscOptions> runsc, IOptions<CheckpointOptions> checkpoints, IOptions<LayerOptions> layers,
    IOptions<TemplateOptions> templates, IOptions<HoldingOptions> holding, FaultControl faults, ILoggerFactory loggers, IServiceProviderIsService services, ILogger<HostMachine> logger)
    : ISandboxMachine, IAsyncDisposable
{
    private DataDirectoryLock? _lock;
    private IBlobStore? _store;
    private IBlobStore? _blobs;
    private LayerDirectories? _layers;
    private LayerUse? _used;
    private RunscInstallations? _runsc;
    private ContainerRuntime? _containers;
    private RootImages? _images;
    private RootImage? _base;
    private string? _output;
    private HolderId? _self;
    private bool _disposed;

    /// <summary>What starts containers. After <see cref="PrepareAsync"/>, as the others.</summary>
    public ContainerRuntime Containers => _containers ?? throw NotPrepared();

    /// <summary>Where blobs are kept.</summary>
    public IBlobStore Blobs => _blobs ?? throw NotPrepared();

    /// <summary>This life of this host.</summary>
    public HolderId Self => _self ?? throw NotPrepared();

    /// <summary>The template that sandboxes start from, as an image.</summary>
    public RootImage Base => _base ?? throw NotPrepared();

    /// <summary>The data directory.</summary>
    public string DataPath => Data.Path;

    /// <summary>Whether no other server is on its store.</summary>
    private bool IsAlone => !holding.Value.SharedStore && !services.IsService(typeof(IHolderCalls));

    /// <inheritdoc/>
    public string OutputDirectory => _output ?? throw NotPrepared();

    /// <summary>The guest agent, built beside the server.</summary>
    public static string AgentFile => NativeProgram("agent");

    /// <summary>
    /// Finds runsc, takes the data directory, removes what a dead predecessor left there, makes directories and cgroups, and has the base template
    /// unpacked.
    /// </summary>
    /// <exception cref="RunscUnavailableException">runsc is missing or too old.</exception>
    /// <exception cref="DataDirectoryException">The data directory, or that of the blobs, cannot be used.</exception>
    /// <exception cref="GcsException">The bucket of the blobs cannot be used.</exception>
    /// <exception cref="DataDirectoryInUseException">Another server uses it.</exception>
    /// <exception cref="TemplateException">The base template was not built.</exception>
    /// <exception cref="IOException">A predecessor's processes cannot be removed, or a directory or cgroup cannot be made.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _runsc = await RunscInstallations.FindAsync(runsc.Value, cancellationToken);
        var data = DataDirectory.Open(server.Value.Data);
        _lock = DataDirectoryLock.Acquire(data.Path);
        (_data, _output) = (data, data.Output);
        _store = DirectoryBlobStore.Open(data.Blobs, faults.Clock);
        if (server.Value.Blobs is { } shared) await ShareBlobsAsync(BlobLocation.Parse(shared)!, data.Temporary, cancellationToken);
        if (templates.Value.Seed is { } seed) await SeedAsync(seed, cancellationToken);
        _blobs = faults.Over(_store);
        faults.Watch();
        _self = HolderId.New(HostName.Of(data.Path, IsAlone));
        _layers = new LayerDirectories(data, _blobs, new LayerLimits(), layers.Value.CacheBytes);

        var directories = new ServerDirectories(data.Path);
        var cgroups = CgroupTrees.For(CgroupLayout.OfThisProcess(), directories.CgroupName);
        await new ContainerResidue(directories, cgroups, loggers.CreateLogger<ContainerResidue>()).RemoveAsync(cancellationToken);
        var options = new ContainerRuntimeOptions
        {
            Runsc = _runsc.Usual,
            Platform = runsc.Value.Platform,
            AgentFile = AgentFile,
            LauncherFile = NativeProgram("launch"),
            CpuFeatures = HostCpu.ParseList(runsc.Value.CpuFeatures),
        };
        _containers = new ContainerRuntime(options, directories, cgroups, loggers.CreateLogger<ContainerRuntime>());
        foreach (var limit in cgroups.Unenforced) LogUnenforced(limit);

        _templates = new TemplateCatalog(_blobs, _layers);
        var template = await _templates.ResolveAsync(TemplateRecipe.Base, cancellationToken);
        // For the server's life.
        _used = await _layers.UseAsync([template.Layer], cancellationToken);
        _images = new RootImages(directories.Images, AgentFile);
        _base = await _images.GetAsync(template.Digest.Hex, template.Directory, cancellationToken);
        _images.RemoveBut(Directory.EnumerateDirectories(data.Layers, "sha256-*").Select(layer => Path.GetFileName(layer)["sha256-".Length..]).Append(template.Digest.Hex));
        PrepareCheckpoints(data, template, HostCpu.Read().LevelledTo(options.CpuFeatures));
    }

    /// <summary>
    /// Lets go of the machine. Every sandbox must be gone before. The container of services does it once for each of the types that it gives this out as.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        _containers?.Cgroups.Remove();
        _images?.Dispose();
        _used?.Dispose();
        if (_layers is not null) await _layers.DisposeAsync();
        (_store as IDisposable)?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>Goes over to the store that servers share, which gets those of the product's templates that this machine has and it has not.</summary>
    private async Task ShareBlobsAsync(BlobLocation location, string spool, CancellationToken cancellationToken)
    {
        using var own = (DirectoryBlobStore)_store!;
        _store = await location.OpenAsync(gcs.Value, IsAlone ? spool : null, faults.Clock, cancellationToken);
        if (_store is MountedBlobStore) LogMounted(location.Directory!);
        foreach (var name in TemplateRecipe.Shipped) await TemplateCopy.EnsureAsync(name, own, _store, replaceOlder: false, cancellationToken);
    }

    /// <summary>Takes over the product's templates of another set-up, such as a container's image has, where the store has none or older ones.</summary>
    private async Task SeedAsync(string seed, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(Path.GetFullPath(seed), Path.GetFileName(Data.Blobs));
        if (directory == Data.Blobs) return;
        if (!Directory.Exists(directory)) throw new DataDirectoryException($"Templates:Seed {seed} is no data directory that a set-up made: there is no {directory}.");
        using var from = DirectoryBlobStore.Open(directory, faults.Clock);
        foreach (var name in TemplateRecipe.Shipped) await TemplateCopy.EnsureAsync(name, from, _store!, replaceOlder: true, cancellationToken);
    }

    private static string NativeProgram(string name) => Path.Combine(AppContext.BaseDirectory, "guest", name);

    private static InvalidOperationException NotPrepared() => new("The host has not been prepared yet.");

    [LoggerMessage(203, LogLevel.Warning, "{Directory} is on a file system without locks or renames in one step, such as a mounted bucket: this server must be the only one that uses it")]
    private partial void LogMounted(string directory);

    [LoggerMessage(200, LogLevel.Warning, "Not enforced on this machine: {Limit}")]
    private partial void LogUnenforced(UnenforcedLimit limit);
}
