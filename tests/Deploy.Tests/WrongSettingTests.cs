using System.Net;
using System.Net.Sockets;
using Sandbox.Silo.Hosting;
using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>A server that is given a wrong setting does not start, and says in one sentence which.</summary>
public sealed class WrongSettingTests
{
    private static readonly Dictionary<string, string> _switches = new() { ["--port"] = nameof(ServerOptions.Port), ["--shared-store"] = "Holding:SharedStore" };

    [Theory]
    [InlineData("--port", "8080")]
    [InlineData("--shared-store", "true")]
    [InlineData("--pool:size", "0")]
    [InlineData("--Gateway:Json:MaxTimeoutSeconds", "30")]
    [InlineData("--Gateway:AllowedOrigins:0", "https://console.example.com")]
    [InlineData("--Access:Google:Accounts:3:Owner", "team")]
    [InlineData("--Cluster:SiloPort", "no number")]
    [InlineData("--Grains:CollectionAge", "00:05:00")]
    [InlineData("--Logging:LogLevel:Orleans", "Warning")]
    public void Settings_that_exist_are_taken(string name, string value) => SettingNames.Check([name, value], _switches);

    [Theory]
    [InlineData("--Pool:Sise")]
    [InlineData("--Pol:Size")]
    [InlineData("--Gateway:Json:MaxTimeout")]
    [InlineData("--Access:Keys:0:Nme")]
    public void One_that_does_not_exist_is_named(string name) =>
        Assert.Contains(name[2..], Assert.Throws<UnknownSettingException>(() => SettingNames.Check([name, "1"], _switches)).Message, StringComparison.Ordinal);

    [Fact(Timeout = 60_000)]
    public async Task A_port_that_another_program_has_is_told_in_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var server = Tool.Start("/", 50, new Dictionary<string, string?>(), "dotnet", SetUp.ServerAssembly, "serve", "--data", "/var/lib/nowhere", "--port", $"{port}");
        Assert.Equal((1, $"sandbox: Another program listens on port {port} of 127.0.0.1: end it, or choose another --port."), (await server.WaitAsync(), server.Output.Trim()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("SANDBOX_Pool__Sise")]
    [InlineData("SANDBOX_Access__Keys__0__Nme")]
    public async Task One_of_the_environment_that_does_not_exist_is_named(string name)
    {
        await using var server = Tool.Start(
            "/", 50, new Dictionary<string, string?> { [name] = "1" }, "dotnet", SetUp.ServerAssembly, "serve", "--data", "/var/lib/nowhere", "--port", "0");
        Assert.Equal((1, $"sandbox: There is no setting {name}: docs/configuration.md has them all."), (await server.WaitAsync(), server.Output.Trim()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("--Pool:Sise", "1", "sandbox: There is no setting Pool:Sise: docs/configuration.md has them all.")]
    [InlineData("--Pool:Size", "100", "sandbox: a setting is not valid: Pool:Size: The field Size must be between 0 and 64.")]
    [InlineData("--Pool:Size", "x", "sandbox: a setting cannot be read, and docs/configuration.md says what it takes: Failed to convert configuration value 'x' at 'Pool:Size' to type 'System.Int32'.")]
    [InlineData("--Gateway:MaxTimeoutSeconds", "x", "sandbox: a setting cannot be read, and docs/configuration.md says what it takes: Failed to convert configuration value 'x' at 'Gateway:MaxTimeoutSeconds' to type 'System.Double'.")]
    [InlineData("--port", "x", "sandbox: a setting cannot be read, and docs/configuration.md says what it takes: Failed to convert configuration value 'x' at 'Port' to type 'System.Int32'.")]
    [InlineData("--shared-store", "true", "sandbox: a setting is not valid: Holding:SharedStore needs Checkpoints:KeyFile, the same for all servers that share the store: `head -c 32 /dev/urandom > key && chmod 600 key` makes one. A server that has its store for itself takes --shared-store false.")]
    public async Task The_server_says_it_in_one_line(string name, string value, string line)
    {
        await using var server = Tool.Start("/", 50, new Dictionary<string, string?>(), "dotnet", SetUp.ServerAssembly, "serve", "--data", "/var/lib/nowhere", "--port", "0", name, value);
        Assert.Equal((1, line), (await server.WaitAsync(), server.Output.Trim()));
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_of_several_is_told_in_a_line_of_its_own()
    {
        await using var server = Tool.Start(
            "/", 50, new Dictionary<string, string?>(), "dotnet", SetUp.ServerAssembly, "serve", "--data", "/var/lib/nowhere", "--port", "0", "--Pool:Size", "100", "--Lease:Length", "00:00:01");
        Assert.Equal(1, await server.WaitAsync());
        var lines = server.Output.Trim().Split('\n');
        Assert.All(lines, line => Assert.StartsWith("sandbox: a setting is not valid: ", line, StringComparison.Ordinal));
        Assert.Equal(["Lease:Length", "Pool:Size"], lines.Select(line => line.Split(": ")[2]).Order(StringComparer.Ordinal));
    }
}
