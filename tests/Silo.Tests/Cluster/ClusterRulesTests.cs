using Microsoft.Extensions.Configuration;
using Sandbox.Silo.Cluster;

namespace Sandbox.Silo.Tests.Cluster;

public sealed class ClusterRulesTests
{
    private static readonly SandboxClusterOptions Good = new() { PostgreSql = "Host=db" };

    [Fact]
    public void A_silo_alone_is_asked_for_nothing() => Assert.Empty(ClusterRules.CheckSilo(new SandboxClusterOptions(), false, false, false));

    [Fact]
    public void A_silo_of_a_cluster_on_the_loopback_needs_a_store_and_a_key_that_all_share()
    {
        Assert.Empty(ClusterRules.CheckSilo(Good, hasBlobs: true, hasKey: true, sharesStore: false));
        Assert.Contains("--blobs", Assert.Single(ClusterRules.CheckSilo(Good, hasBlobs: false, hasKey: true, sharesStore: false)), StringComparison.Ordinal);
        Assert.Contains("KeyFile", Assert.Single(ClusterRules.CheckSilo(Good, hasBlobs: true, hasKey: false, sharesStore: false)), StringComparison.Ordinal);
        Assert.Contains("SharedStore", Assert.Single(ClusterRules.CheckSilo(Good, hasBlobs: true, hasKey: true, sharesStore: true)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("host.example")]
    [InlineData("")]
    public void An_address_that_others_cannot_use_is_refused(string address) =>
        Assert.Contains("must be one IP address", Only(new SandboxClusterOptions { PostgreSql = "Host=db", Address = address }), StringComparison.Ordinal);

    [Fact]
    public void Off_the_loopback_it_takes_certificates_and_a_database()
    {
        Assert.Contains("certificate", Only(new SandboxClusterOptions { PostgreSql = "Host=db", Address = "10.0.0.1" }), StringComparison.Ordinal);
        var certified = new SandboxClusterOptions { PostgreSql = "Host=db", Address = "10.0.0.1", Certificate = "c", CertificateKey = "k", Authority = "a" };
        Assert.Empty(ClusterRules.CheckSilo(certified, true, true, false));
        certified.PostgreSql = null;
        certified.Localhost = 11_111;
        Assert.Contains("PostgreSQL", Only(certified), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_do_not_go_together_are_refused()
    {
        Assert.Contains("two ways", Only(new SandboxClusterOptions { PostgreSql = "Host=db", Localhost = 1 }), StringComparison.Ordinal);
        Assert.Contains("go together", Only(new SandboxClusterOptions { PostgreSql = "Host=db", Certificate = "c" }), StringComparison.Ordinal);
        Assert.Contains("Name", Only(new SandboxClusterOptions { PostgreSql = "Host=db", Name = "A b" }), StringComparison.Ordinal);
        Assert.Contains("SiloPort", Only(new SandboxClusterOptions { PostgreSql = "Host=db", SiloPort = 70_000 }), StringComparison.Ordinal);
        Assert.Contains("DeadAfter", Only(new SandboxClusterOptions { PostgreSql = "Host=db", DeadAfter = TimeSpan.FromSeconds(1) }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_alone_is_told_where_silos_are()
    {
        Assert.Empty(ClusterRules.CheckGateway(Good));
        Assert.Contains("needs silos", Assert.Single(ClusterRules.CheckGateway(new SandboxClusterOptions())), StringComparison.Ordinal);
        Assert.Contains("Gateways", Assert.Single(ClusterRules.CheckGateway(new SandboxClusterOptions { Localhost = 1 })), StringComparison.Ordinal);
        Assert.Empty(ClusterRules.CheckGateway(new SandboxClusterOptions { Localhost = 1, Gateways = "30001, 30002" }));
        Assert.Empty(ClusterRules.Ports("30001,x"));
    }

#if !ORLEANS
    [Fact]
    public void The_embedded_engine_refuses_to_be_one_of_several()
    {
        var cluster = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Cluster:PostgreSql", "Host=db")]).Build();
        Assert.Contains("one machine", Assert.Throws<ClusterException>(() => ClusterSetup.OfSilo(cluster)).Message, StringComparison.Ordinal);
        Assert.Contains("one machine", Assert.Throws<ClusterException>(() => ClusterSetup.OfGateway(cluster)).Message, StringComparison.Ordinal);
        Assert.False(ClusterSetup.OfSilo(new ConfigurationBuilder().Build()).IsCluster);
    }
#else
    [Fact]
    public void A_setting_that_cannot_be_read_is_named()
    {
        var wrong = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Cluster:SiloPort", "many")]).Build();
        Assert.Contains("many", Assert.Throws<ClusterException>(() => ClusterSetup.OfSilo(wrong)).Message, StringComparison.Ordinal);
    }
#endif

    private static string Only(SandboxClusterOptions cluster) => Assert.Single(ClusterRules.CheckSilo(cluster, true, true, false));
}
