using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sandbox.Cluster.Tests.Certificates;

/// <summary>An authority that certifies members of a cluster, with its files in a directory that goes with it.</summary>
internal sealed class Authority : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-certificates-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public Authority()
    {
        var request = new CertificateRequest("CN=cluster authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _certificate = request.CreateSelfSigned(From, To);
        File.WriteAllText(Path.Combine(_directory, "authority.pem"), _certificate.ExportCertificatePem());
    }

    private static DateTimeOffset From => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static DateTimeOffset To => TimeProvider.System.GetUtcNow().AddDays(2);

    /// <summary>Makes a certificate for some uses, and the arguments that name it.</summary>
    public string[] Certify(string name, params string[] uses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses.Select(use => new Oid(use))], critical: false));
        using var certificate = request.Create(_certificate, From, To.AddDays(-1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Below($"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Below($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return ["--Cluster:Certificate", Below($"{name}.pem"), "--Cluster:CertificateKey", Below($"{name}.key"), "--Cluster:Authority", Below("authority.pem")];
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string Below(string name) => Path.Combine(_directory, name);
}
