using System.Net;

namespace Sandbox.Silo.Cluster;

/// <summary>Which settings of a cluster go together, and which must not be.</summary>
internal static class ClusterRules
{
    private static readonly TimeSpan _leastDeadAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _mostDeadAfter = TimeSpan.FromMinutes(2);

    /// <summary>What holds for every member.</summary>
    /// <returns>What is wrong, each with its remedy; nothing when all is well.</returns>
    public static IEnumerable<string> Check(SandboxClusterOptions cluster)
    {
        if (cluster is { PostgreSql: not null, Localhost: not null })
            yield return "Cluster:PostgreSql and Cluster:Localhost are two ways to list the members: give one of them.";
        if (cluster.Name.Length is 0 or > 40 || cluster.Name[0] == '-' || !cluster.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return $"Cluster:Name '{cluster.Name}' must be 1 to 40 of a-z, 0-9 and '-', and not begin with '-'.";
        if (cluster.DeadAfter < _leastDeadAfter || cluster.DeadAfter > _mostDeadAfter)
            yield return $"Cluster:DeadAfter must be {_leastDeadAfter} to {_mostDeadAfter}, not {cluster.DeadAfter}.";
        foreach (var (name, port) in new[] { ("SiloPort", cluster.SiloPort), ("GatewayPort", cluster.GatewayPort), ("Localhost", cluster.Localhost ?? 1) })
        {
            if (port is < 0 or > 65_535) yield return $"Cluster:{name} must be a TCP port, not {port}.";
        }

        var given = new[] { cluster.Certificate, cluster.CertificateKey, cluster.Authority }.Count(file => file is not null);
        if (given is 1 or 2) yield return "Cluster:Certificate, Cluster:CertificateKey and Cluster:Authority go together: give all three, or none on the loopback.";
    }

    /// <summary>What holds for a silo beside that.</summary>
    /// <param name="cluster">The settings.</param>
    /// <param name="hasBlobs">Whether the store of blobs is named.</param>
    /// <param name="hasKey">Whether the key for checkpoints is named.</param>
    /// <param name="sharesStore">Whether servers share the store that cannot reach each other.</param>
    public static IEnumerable<string> CheckSilo(SandboxClusterOptions cluster, bool hasBlobs, bool hasKey, bool sharesStore)
    {
        if (!cluster.IsCluster) yield break;
        foreach (var wrong in Check(cluster)) yield return wrong;
        if (!IPAddress.TryParse(cluster.Address, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            yield return $"Cluster:Address '{cluster.Address}' must be one IP address of this machine, at which the other silos reach it.";
        }
        else if (!IPAddress.IsLoopback(address))
        {
            if (!cluster.HasCertificates)
            {
                yield return $"Silos at {address} would do what anybody tells them who reaches their ports: give each a certificate of the cluster's own authority "
                    + "(Cluster:Certificate, Cluster:CertificateKey, Cluster:Authority), or stay on 127.0.0.1.";
            }

            if (cluster.Localhost is not null) yield return "Cluster:Localhost is for silos on the loopback: list the members of this cluster in PostgreSQL (Cluster:PostgreSql).";
        }

        if (!hasBlobs) yield return "The silos of a cluster work on one store of blobs: name the same directory for all (--blobs).";
        if (!hasKey) yield return "The silos of a cluster restore each other's checkpoints: give all the same key (Checkpoints:KeyFile).";
        if (sharesStore) yield return "Holding:SharedStore is for servers that cannot reach each other, and a cluster's can: leave it out.";
    }

    /// <summary>What holds for a gateway alone.</summary>
    public static IEnumerable<string> CheckGateway(SandboxClusterOptions cluster)
    {
        foreach (var wrong in Check(cluster)) yield return wrong;
        if (!cluster.IsCluster) yield return "A gateway alone needs silos behind it: name the database that lists them (Cluster:PostgreSql), or Cluster:Localhost.";
        if (cluster.Localhost is not null && Ports(cluster.Gateways).Count == 0)
            yield return "With Cluster:Localhost a gateway alone is told the silos' gateway ports: Cluster:Gateways 30001,30002.";
    }

    /// <summary>The ports of <see cref="SandboxClusterOptions.Gateways"/>; none when one of them is none.</summary>
    public static IReadOnlyList<int> Ports(string? list)
    {
        var ports = (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => ushort.TryParse(text, out var port) ? port : 0).ToList();
        return ports.Contains(0) ? [] : ports;
    }
}
