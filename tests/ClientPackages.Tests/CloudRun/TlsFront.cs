using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Sandbox.ClientPackages.Tests.CloudRun;

/// <summary>What ends TLS in front of a server, as a load balancer does: Kestrel on the loopback, with a certificate of its own for <c>localhost</c>.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly string _certificateFile;

    private TlsFront(WebApplication application, string certificateFile) => (_application, _certificateFile) = (application, certificateFile);

    /// <summary>Its address, <c>wss://localhost:PORT</c>.</summary>
    public string Address => $"wss://localhost:{new Uri(_application.Urls.Single()).Port}";

    /// <summary>What lets a client trust it.</summary>
    public Dictionary<string, string?> Environment => new(StringComparer.Ordinal) { ["NODE_EXTRA_CA_CERTS"] = _certificateFile, ["SSL_CERT_FILE"] = _certificateFile };

    public static async Task<TlsFront> StartAsync(Uri server)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseHttps(certificate);
            listen.Run(client => ForwardAsync(client, server));
        }));
        var application = builder.Build();
        await application.StartAsync();
        return new TlsFront(application, file);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        File.Delete(_certificateFile);
    }

    private static async Task ForwardAsync(ConnectionContext client, Uri server)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(server.Host, server.Port);
        var stream = connection.GetStream();
        try
        {
            await Task.WhenAny(client.Transport.Input.CopyToAsync(stream), stream.CopyToAsync(client.Transport.Output));
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            // One side is gone, and the other follows.
        }
    }
}
