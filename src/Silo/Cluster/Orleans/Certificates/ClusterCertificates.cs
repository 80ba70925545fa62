using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace Sandbox.Silo.Cluster.Certificates;

/// <summary>
/// What the members of a cluster show each other, and whom they let in: a certificate of the cluster's own authority that is good for what its owner does. A
/// silo's is good for servers and clients, a gateway's for clients alone, so that who has a gateway's is no silo. Names are not compared: the authority
/// certifies nobody else.
/// </summary>
internal sealed class ClusterCertificates
{
    /// <summary>Shown by whoever connects.</summary>
    public const string ForClients = "1.3.6.1.5.5.7.3.2";

    /// <summary>Shown by whoever is connected to.</summary>
    public const string ForServers = "1.3.6.1.5.5.7.3.1";

    // Nobody resolves it.
    private const string AnyMember = "sandbox-cluster";

    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection _between = [];
    private readonly X509Certificate2Collection _authority = [];

    private ClusterCertificates(X509Certificate2 own) => _own = own;

    /// <summary>Reads the files of the settings; null where they name none.</summary>
    /// <param name="cluster">The settings.</param>
    /// <param name="uses">What one's own certificate must be good for.</param>
    /// <exception cref="ClusterException">A file cannot be read, or its certificate does not do.</exception>
    public static ClusterCertificates? Read(SandboxClusterOptions cluster, params string[] uses)
    {
        if (!cluster.HasCertificates) return null;
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(cluster.Certificate!, cluster.CertificateKey!);

            // A key that came from PEM is not one that every TLS stack takes.
            var read = new ClusterCertificates(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null));
            read._between.ImportFromPemFile(cluster.Certificate!);
            read._authority.ImportFromPemFile(cluster.Authority!);
            if (read._authority.Count == 0) throw new ClusterException($"{cluster.Authority} holds no certificate: name the PEM file of the cluster's authority.");
            foreach (var use in uses)
            {
                if (read.Refuse(read._own, [use]) is { } reason)
                    throw new ClusterException($"{cluster.Certificate} is no certificate that this member can show ({reason}): have the authority in {cluster.Authority} make one for {(use == ForServers ? "servers" : "clients")}.");
            }

            return read;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ClusterException($"The certificates of the section Cluster cannot be read: {e.Message}", e);
        }
    }

    /// <summary>For connections that are accepted.</summary>
    /// <param name="uses">What the certificate of whoever connects must be good for.</param>
    public TlsOptions Accepting(params string[] uses) => Options(uses);

    /// <summary>For connections that are made: whoever is connected to must be a silo.</summary>
    public TlsOptions Connecting()
    {
        var options = Options([ForServers]);
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = AnyMember;
        return options;
    }

    private TlsOptions Options(string[] uses) => new()
    {
        LocalCertificate = _own,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (certificate, chain, errors) =>
            !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) && Refuse(certificate, uses, chain?.ChainPolicy.ExtraStore) is null,
    };

    /// <summary>Why a certificate does not do, or null.</summary>
    private string? Refuse(X509Certificate2 certificate, string[] uses, X509Certificate2Collection? sent = null)
    {
        foreach (var use in uses)
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(_authority);
            chain.ChainPolicy.ExtraStore.AddRange(_between);
            if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
            if (!chain.Build(certificate)) return string.Join(" ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()));
        }

        return null;
    }
}
