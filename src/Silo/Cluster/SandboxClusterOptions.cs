namespace Sandbox.Silo.Cluster;

/// <summary>
/// How silos of several machines find and reach each other. Section <c>Cluster</c>; without <see cref="PostgreSql"/> and <see cref="Localhost"/> a silo is
/// alone. <see cref="ClusterRules"/> says which settings go together.
/// </summary>
public sealed class SandboxClusterOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Cluster";

    /// <summary>The cluster's name, by which several may share a database: <c>[a-z0-9][a-z0-9-]{0,39}</c>.</summary>
    public string Name { get; set; } = "sandbox";

    /// <summary>
    /// The connection string of the PostgreSQL database in which the cluster's members are listed. It may hold a password: better an environment variable
    /// (<c>SANDBOX_Cluster__PostgreSql</c>) than an argument. What is missing there is created at the start.
    /// </summary>
    public string? PostgreSql { get; set; }

    /// <summary>
    /// Instead of a database, on one machine and for trying things out: the silo port of the first silo, in whose memory the others are listed. When that one
    /// ends, so does the cluster.
    /// </summary>
    public int? Localhost { get; set; }

    /// <summary>The IP address of this machine at which the others reach this silo, and on which alone its ports listen.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The TCP port for the other silos: 1 to 65535, or 0 for a free one.</summary>
    public int SiloPort { get; set; }

    /// <summary>The TCP port for gateways that run alone: 1 to 65535, or 0 for a free one.</summary>
    public int GatewayPort { get; set; }

    /// <summary>With <see cref="Localhost"/>, for a gateway alone: the gateway ports of the silos, separated by commas.</summary>
    public string? Gateways { get; set; }

    /// <summary>A PEM file with the certificate that this silo or gateway shows the others, behind it those that lead to the authority.</summary>
    public string? Certificate { get; set; }

    /// <summary>A PEM file with the certificate's private key.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>A PEM file with the certificate of the cluster's own authority: whoever it certified belongs to the cluster.</summary>
    public string? Authority { get; set; }

    /// <summary>After how long without an answer the others take a silo for dead: 3 seconds to 2 minutes.</summary>
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether there may be other silos.</summary>
    public bool IsCluster => PostgreSql is not null || Localhost is not null;

    /// <summary>Whether connections between members are encrypted, and each shows a certificate.</summary>
    public bool HasCertificates => Certificate is not null;
}
