using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sandbox.Cluster.Tests.Hosting;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.Silo.Cluster;
using Sandbox.Silo.Cluster.Certificates;

namespace Sandbox.Cluster.Tests.Certificates;

/// <summary>Silo ports with certificates: who gets in, and who does not.</summary>
public sealed class CertificateTests(PostgresServer postgres)
{
    private const int Deadline = 180_000;

    [Fact(Timeout = Deadline)]
    public async Task Members_with_certificates_of_one_authority_reach_each_other_and_nobody_else_gets_in()
    {
        using var authority = new Authority();
        using var others = new Authority();
        var siloPort = ClusterJoin.FreePort(System.Net.IPAddress.Loopback);
        var gatewayPort = ClusterJoin.FreePort(System.Net.IPAddress.Loopback);
        await using var cluster = TestCluster.Of(await postgres.CreateDatabaseAsync());
        var first = authority.Certify("first", ClusterCertificates.ForServers, ClusterCertificates.ForClients);
        await cluster.AddAsync([.. first, "--Cluster:SiloPort", $"{siloPort}", "--Cluster:GatewayPort", $"{gatewayPort}"]);
        await cluster.AddAsync(authority.Certify("second", ClusterCertificates.ForServers, ClusterCertificates.ForClients));
        var forGateway = authority.Certify("gateway", ClusterCertificates.ForClients);
        var gateway = await cluster.AddGatewayAsync(forGateway);
        await using (var hub = await HubClient.ConnectAsync(gateway.Address))
        {
            foreach (var id in new[] { "a", "b", "c", "d" }) await hub.CallAsync("CreateSandbox", new { id });
            Assert.All(cluster.Silos, silo => Assert.Equal(2, TestCluster.ContainersOf(silo)));
        }

        // A TLS client that shows nothing, one of another authority, and what is no TLS.
        foreach (var port in new[] { siloPort, gatewayPort })
        {
            Assert.False(await IsLetInAsync(port, null), "without a certificate");
            Assert.False(await IsLetInAsync(port, Read(others.Certify("foreign", ClusterCertificates.ForServers, ClusterCertificates.ForClients))), "of another authority");
        }

        // A gateway's certificate opens the port for gateways, and not that of silos.
        Assert.True(await IsLetInAsync(gatewayPort, Read(forGateway)));
        Assert.False(await IsLetInAsync(siloPort, Read(forGateway)));

        // And it makes no silo.
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.AddAsync(forGateway));
        Assert.Contains("make one for servers", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task Off_the_loopback_a_silo_without_certificates_does_not_start()
    {
        await using var cluster = TestCluster.Of("Host=127.0.0.1;Port=1");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.AddAsync("--Cluster:Address", "192.0.2.1"));
        Assert.Contains("code 1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("give each a certificate", refused.Message, StringComparison.Ordinal);
    }

    private static SslClientAuthenticationOptions Read(string[] arguments)
    {
        using var pem = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(arguments[1], arguments[3]);
        var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(
            pem.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12), password: null);
        return new SslClientAuthenticationOptions { ClientCertificates = [certificate] };
    }

    /// <summary>Whether a server keeps a connection of TLS, rather than end it over what the client shows.</summary>
    private static async Task<bool> IsLetInAsync(int port, SslClientAuthenticationOptions? shown)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port, cancel);
        await using var tls = new SslStream(tcp.GetStream());
        var options = shown ?? new SslClientAuthenticationOptions();
        options.TargetHost = "any";
#pragma warning disable CA5359 // Whom it speaks to is not what is tested.
        options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancel);

            // With TLS 1.3 a client learns of its refusal when it reads; a silo that lets it in says its own preamble or waits.
            var read = tls.ReadAsync(new byte[1], cancel).AsTask();
            return await Task.WhenAny(read, Task.Delay(1500, cancel)) != read || await read > 0;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }
}
