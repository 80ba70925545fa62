using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Sandbox.Gateway.Status;
using Sandbox.Grains.Events;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Cluster;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Faults;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Output;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Snapshots.Oci;
using Sandbox.Silo.Starts;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;
using Sandbox.Silo.Telemetry;
using Sandbox.Silo.Templates.Building;
using GatewayOptions = Sandbox.Gateway.GatewayOptions;

namespace Sandbox.Silo.Hosting;

/// <summary>Puts a silo together: the grains' engine, the host below it, and where the server listens.</summary>
internal static class SandboxSilo
{
    private static readonly TimeSpan _aloneLease = TimeSpan.FromDays(40);

    /// <summary>Adds everything that a server needs but the gateway.</summary>
    public static void AddSandboxSilo(this WebApplicationBuilder builder)
    {
        var cluster = ClusterSetup.OfSilo(builder.Configuration);
        AddOptions<ServerOptions>(builder, section: null);
        AddOptions<GcsOptions>(builder, "Gcs");
        AddOptions<RunscOptions>(builder, "Runsc");
        AddOptions<PoolOptions>(builder, "Pool");
        AddOptions<SandboxOptions>(builder, "Sandbox");
        AddOptions<LiveSandboxOptions>(builder, "Sandboxes");
        AddOptions<OutputLogOptions>(builder, "Output");
        AddOptions<CheckpointOptions>(builder, "Checkpoints");
        AddOptions<LayerOptions>(builder, "Layers");
        AddOptions<TemplateOptions>(builder, "Templates");
        builder.Services.AddOptions<GatewayOptions>().PostConfigure<IOptions<SandboxOptions>>((gateway, usual) =>
            UsualSize.Apply(gateway.Sandboxes, builder.Configuration.GetSection($"{GatewayOptions.Section}:{nameof(gateway.Sandboxes)}"), usual.Value));
        AddHolding(builder, cluster);
        builder.Services.Configure<GrainCollectionOptions>(builder.Configuration.GetSection("Grains"));
        builder.AddServerProcess();
        builder.AddFaults();
        builder.Services.AddHostServices();
        builder.Host.UseOrleans(silo => Join(silo, cluster)
#if ORLEANS
            .AddActivityPropagation()
#endif
            .AddMemoryGrainStorage("PubSubStore")
            .AddMemoryStreams(SandboxStreams.Provider, streams => streams.ConfigurePartitioning(1)));
    }

    private static ISiloBuilder Join(ISiloBuilder silo, SandboxClusterOptions cluster)
    {
        // One machine needs no port that others know; several servers on it must not meet.
        if (!cluster.IsCluster) return silo.UseLocalhostClustering(FreePort(), gatewayPort: 0);
#if ORLEANS
        silo.Services.AddClusterServices();
        return silo.JoinCluster(cluster);
#else
        throw new InvalidOperationException("The settings were not checked.");
#endif
    }

    private static void AddHolding(WebApplicationBuilder builder, SandboxClusterOptions cluster)
    {
        AddOptions<LeaseOptions>(builder, "Lease");
        AddOptions<HoldingOptions>(builder, "Holding");
        builder.Services.AddOptions<HoldingOptions>().Validate<IOptions<CheckpointOptions>>(
            (holding, checkpoints) => !holding.SharedStore || checkpoints.Value.KeyFile is not null,
            "Holding:SharedStore needs Checkpoints:KeyFile, the same for all servers that share the store: `head -c 32 /dev/urandom > key && chmod 600 key` makes one. A server that has its store for itself takes --shared-store false.");

        // Nobody waits for the lease of a host that is alone, and nothing needs to be written to renew it.
        builder.Services.AddOptions<LeaseOptions>().PostConfigure<IOptions<HoldingOptions>>((lease, holding) =>
        {
            if (!holding.Value.SharedStore && !cluster.IsCluster && builder.Configuration["Lease:Length"] is null) lease.Length = _aloneLease;
        });
    }

    private static void AddHostServices(this IServiceCollection services)
    {
        services.AddSingleton<HostMachine>();
        services.AddSingleton<IBlobStore>(provider => provider.GetRequiredService<HostMachine>().Blobs);
        services.AddBlobGrainStorage(SandboxStorage.Name);
        services.AddSingleton<ISandboxMachine>(provider => provider.GetRequiredService<HostMachine>());
        services.AddSingleton<HeadStore>();
        services.AddSingleton(provider => new HeadLeases(
            provider.GetRequiredService<HeadStore>(), provider.GetRequiredService<HostMachine>().Self, AddressOf(provider),
            provider.GetRequiredService<IOptions<LeaseOptions>>(), new BootClock(provider.GetRequiredService<FaultControl>().Clock), provider.GetRequiredService<ILogger<HeadLeases>>()));
        services.AddSingleton<Handoffs>();
        services.AddSingleton<HandoffWatch>();
        services.AddSingleton<SandboxHolding>();
        services.AddSingleton<SandboxFactory>();
        services.AddSingleton<ISandboxFactory<StartedSandbox>>(provider => provider.GetRequiredService<SandboxFactory>());
        services.AddSingleton<WarmPool<StartedSandbox>>();
        services.AddSingleton<CreatedContainers>();
        services.AddSingleton<SnapshotStandbys>();
        services.AddSingleton<SandboxCheckpoints>();
        services.AddSingleton<StartStates>();
        services.AddSingleton<SnapshotUploads>();
        services.AddSingleton<OciImages>();
        services.AddSingleton<StoredSnapshots>();
        services.AddSingleton<TemplateBuildRun>();
        services.AddSingleton<StoredTemplates>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<CheckpointSweep>(provider, provider.GetRequiredService<FaultControl>().Clock));
        services.AddSingleton<LiveSandboxes>();
        services.AddSingleton<SandboxHost>();
        services.AddSingleton<ISandboxHost>(provider => provider.GetRequiredService<SandboxHost>());
        services.AddSingleton<IReadinessProbe, HostReadinessProbe>();
        services.AddSingleton<HostGauges>();
        services.AddSingleton<SandboxDrain>();
        services.AddHostedService<HostService>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SandboxRecovery>(provider, provider.GetRequiredService<FaultControl>().Clock));
        services.AddHostedService<RecoveryService>();
        services.AddHostedService<HandoffService>();
    }

    private static void AddOptions<TOptions>(WebApplicationBuilder builder, string? section)
        where TOptions : class
    {
        builder.Services.AddOptions<TOptions>().Bind(section is null ? builder.Configuration : builder.Configuration.GetSection(section)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new SectionValidator<TOptions>(section));
    }

    /// <summary>Where other hosts reach this one, for the heads of its sandboxes; null where none can.</summary>
    private static string? AddressOf(IServiceProvider services)
    {
#if ORLEANS
        return services.GetService<IHolderCalls>() is null ? null : services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();
#else
        _ = services;
        return null;
#endif
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
