using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Sandbox.Grains.Events;
using Sandbox.Silo.Cluster.Certificates;
using Sandbox.Silo.Cluster.Membership;

namespace Sandbox.Silo.Cluster;

/// <summary>Makes Orleans a member of a cluster as the settings say: a silo, or the client that a gateway alone is.</summary>
internal static class ClusterJoin
{
    private const string Postgres = "Npgsql";

    /// <summary>A gateway alone learns so soon of silos that came or went.</summary>
    private static readonly TimeSpan _looksForSilos = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _joinsWithin = TimeSpan.FromMinutes(1);

    /// <summary>A silo of a cluster.</summary>
    /// <exception cref="ClusterException">Its certificates do not do.</exception>
    public static ISiloBuilder JoinCluster(this ISiloBuilder silo, SandboxClusterOptions cluster)
    {
        var address = IPAddress.Parse(cluster.Address);
        var (siloPort, gatewayPort) = (PortOf(cluster.SiloPort, address), PortOf(cluster.GatewayPort, address));
        if (cluster.Localhost is { } first) silo.UseLocalhostClustering(siloPort, gatewayPort, new IPEndPoint(IPAddress.Loopback, first), cluster.Name, cluster.Name);
        else silo.UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = (Postgres, cluster.PostgreSql));
        silo.Services.AddSingleton<IHostedService>(new MembershipTables(cluster));
        silo.AddOutgoingGrainCallFilter<RejectedCalls>();
        silo.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = cluster.Name);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            (endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort) = (address, siloPort, gatewayPort);
            (endpoints.SiloListeningEndpoint, endpoints.GatewayListeningEndpoint) = (new IPEndPoint(address, siloPort), new IPEndPoint(address, gatewayPort));
        });
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = cluster.DeadAfter / membership.NumMissedProbesLimit;
            membership.IAmAliveTablePublishTimeout = cluster.DeadAfter;
            membership.TableRefreshTimeout = cluster.DeadAfter;

            // By then even those are counted out that have all died at once.
            membership.MaxJoinAttemptTime = (cluster.DeadAfter * membership.NumMissedTableIAmAliveLimit) + _joinsWithin;
        });
        if (ClusterCertificates.Read(cluster, ClusterCertificates.ForServers, ClusterCertificates.ForClients) is { } certificates) silo.UseCertificates(certificates);
        return silo;
    }

    /// <summary>The client that a gateway alone is.</summary>
    /// <exception cref="ClusterException">Its certificates do not do.</exception>
    public static IClientBuilder JoinCluster(this IClientBuilder client, SandboxClusterOptions cluster)
    {
        if (cluster.Localhost is not null) client.UseLocalhostClustering([.. ClusterRules.Ports(cluster.Gateways)], cluster.Name, cluster.Name);
        else client.UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = (Postgres, cluster.PostgreSql));
        client.Services.AddSingleton<IHostedService>(new MembershipTables(cluster));
        client.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = cluster.Name);
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = _looksForSilos);
        client.UseConnectionRetryFilter<SilosAwaited>();
        client.AddOutgoingGrainCallFilter<RejectedCalls>();
        client.AddMemoryStreams(SandboxStreams.Provider, streams => streams.ConfigurePartitioning(1));
        if (ClusterCertificates.Read(cluster, ClusterCertificates.ForClients) is { } certificates)
        {
            client.Configure<ClientConnectionOptions>(options => options.ConfigureConnection(connection => connection.UseClientTls(certificates.Connecting())));
        }

        return client;
    }

    /// <summary>A free port of an address.</summary>
    public static int FreePort(IPAddress address)
    {
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static int PortOf(int setting, IPAddress address) => setting == 0 ? FreePort(address) : setting;

    private static void UseCertificates(this ISiloBuilder silo, ClusterCertificates certificates) => silo.Configure<SiloConnectionOptions>(options =>
    {
        // Who tells a silo what to do as another silo must be one.
        options.ConfigureSiloInboundConnection(connection =>
            connection.UseServerTls(certificates.Accepting(ClusterCertificates.ForClients, ClusterCertificates.ForServers)));
        options.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(certificates.Accepting(ClusterCertificates.ForClients)));
        options.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(certificates.Connecting()));
    });
}
