using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(new GatewayOptionsValidator().Validate(null, new GatewayOptions()).Succeeded);

    [Theory]
    [InlineData("MaxTimeoutSeconds", "0", "Gateway:MaxTimeoutSeconds is 0 seconds. Set it between 0.001 and 86400.")]
    [InlineData("MaxTimeoutSeconds", "30", "Gateway:DefaultTimeoutSeconds is 60 seconds. Set it between 0.001 and 30.")]
    [InlineData("DefaultTimeoutSeconds", "NaN", "Gateway:DefaultTimeoutSeconds is NaN seconds. Set it between 0.001 and 600.")]
    [InlineData("ShutdownGraceSeconds", "-1", "Gateway:ShutdownGraceSeconds is -1 seconds. Set it between 0 and 600.")]
    [InlineData("MaxScriptBytes", "2000000", "Gateway:MaxScriptBytes is 2000000 bytes. Set it between 1 and 1048576.")]
    [InlineData("MaxOutputBytes", "0", "Gateway:MaxOutputBytes is 0 bytes. Set it between 1024 and 1099511627776.")]
    [InlineData("AllowedHosts:0", "http://example.com", "Gateway:AllowedHosts holds 'http://example.com'.")]
    [InlineData("AllowedHosts:0", "*", "Gateway:AllowedHosts holds '*'.")]
    [InlineData("AllowedHosts:0", "a b", "Gateway:AllowedHosts holds 'a b'.")]
    [InlineData("AllowedOrigins:0", "example.com", "Gateway:AllowedOrigins holds 'example.com'.")]
    [InlineData("AllowedOrigins:0", "https://example.com/", "Gateway:AllowedOrigins holds 'https://example.com/'.")]
    [InlineData("AllowedOrigins:0", "https://example.com/page", "Gateway:AllowedOrigins holds 'https://example.com/page'.")]
    [InlineData("AllowedOrigins:0", "*", "Gateway:AllowedOrigins holds '*'.")]
    [InlineData("AllowedOrigins:0", "null", "Gateway:AllowedOrigins holds 'null'.")]
    [InlineData("Json:MaxBodyBytes", "1", "Gateway:Json:MaxBodyBytes is 1 bytes. Set it between 1024 and 67108864.")]
    [InlineData("Json:MaxScriptBytes", "0", "Gateway:Json:MaxScriptBytes is 0 bytes. Set it between 1 and 1048576.")]
    [InlineData("Json:DefaultTimeoutSeconds", "61", "Gateway:Json:DefaultTimeoutSeconds is 61 seconds. Set it between 0.001 and 60.")]
    [InlineData("Json:MaxTimeoutSeconds", "100000", "Gateway:Json:MaxTimeoutSeconds is 100000 seconds. Set it between 0.001 and 86400.")]
    [InlineData("Json:CpuSeconds", "0", "Gateway:Json:CpuSeconds is 0 seconds. Set it between 0.1 and 86400.")]
    [InlineData("Json:MaxFileBytes", "-1", "Gateway:Json:MaxFileBytes is -1 bytes. Set it between 0 and 1099511627776.")]
    [InlineData("Json:MaxOutputBytes", "1", "Gateway:Json:MaxOutputBytes is 1 bytes. Set it between 1024 and 67108864.")]
    [InlineData("Json:MaxResultBytes", "1", "Gateway:Json:MaxResultBytes is 1 bytes. Set it between 64 and 67108864.")]
    [InlineData("Json:MaxResultDepth", "0", "Gateway:Json:MaxResultDepth is 0. Set it between 1 and 1000.")]
    [InlineData("Json:MaxArgumentBytes", "1000000", "Gateway:Json:MaxArgumentBytes is 1000000 bytes. Set it between 0 and 524288.")]
    [InlineData("Json:MaxStdinBytes", "-1", "Gateway:Json:MaxStdinBytes is -1 bytes. Set it between 0 and 67108864.")]
    [InlineData("Sandboxes:MaxMemoryBytes", "1", "Gateway:Sandboxes:MaxMemoryBytes is 1 bytes. Set it between 67108864 and 1099511627776.")]
    [InlineData("Sandboxes:DefaultMemoryBytes", "1", "Gateway:Sandboxes:DefaultMemoryBytes is 1 bytes. Set it between 67108864 and 4294967296.")]
    [InlineData("Sandboxes:MaxDiskBytes", "1", "Gateway:Sandboxes:MaxDiskBytes is 1 bytes. Set it between 1048576 and 1099511627776.")]
    [InlineData("Sandboxes:DefaultDiskBytes", "1", "Gateway:Sandboxes:DefaultDiskBytes is 1 bytes. Set it between 1048576 and 4294967296.")]
    [InlineData("Sandboxes:MaxProcesses", "1", "Gateway:Sandboxes:MaxProcesses is 1. Set it between 8 and 32768.")]
    [InlineData("Sandboxes:DefaultProcesses", "5000", "Gateway:Sandboxes:DefaultProcesses is 5000. Set it between 8 and 4096.")]
    [InlineData("Sandboxes:MaxIdleTimeoutSeconds", "0", "Gateway:Sandboxes:MaxIdleTimeoutSeconds is 0 seconds. Set it between 1 and 31536000.")]
    [InlineData("Sandboxes:MinCheckpointIntervalSeconds", "0.5", "Gateway:Sandboxes:MinCheckpointIntervalSeconds is 0.5 seconds. Set it between 1 and 86400.")]
    [InlineData("Sandboxes:DefaultIdleTimeoutSeconds", "0", "Gateway:Sandboxes:DefaultIdleTimeoutSeconds is 0 seconds. Set it between 1 and 86400.")]
    [InlineData("Sandboxes:MaxLifetimeSeconds", "0", "Gateway:Sandboxes:MaxLifetimeSeconds is 0 seconds. Set it between 1 and 31536000.")]
    [InlineData("Sandboxes:MaxEnvironmentBytes", "-1", "Gateway:Sandboxes:MaxEnvironmentBytes is -1 bytes. Set it between 0 and 524288.")]
    public void A_setting_out_of_its_range_is_named_with_the_range(string key, string value, string message)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();
        var options = configuration.Get<GatewayOptions>()!;
        var result = new GatewayOptionsValidator().Validate(null, options);
        Assert.Contains(result.Failures!, failure => failure.StartsWith(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sandbox.example.com")]
    [InlineData("Sandbox.Example.com:8443")]
    [InlineData("10.0.0.7")]
    [InlineData("[fe80::1]:80")]
    [InlineData("host_1")]
    public void A_host_may_be_a_name_or_an_address_with_a_port_or_without(string host) =>
        Assert.True(new GatewayOptionsValidator().Validate(null, new GatewayOptions { AllowedHosts = [host] }).Succeeded);

    [Fact(Timeout = 30_000)]
    public async Task A_server_with_a_bad_setting_does_not_start_and_says_what_to_set()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayServer.StartAsync(("Gateway:MaxTimeoutSeconds", "0")));
        Assert.Contains("Gateway:MaxTimeoutSeconds is 0 seconds. Set it between 0.001 and 86400.", failure.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Settings_change_what_requests_may_ask_for()
    {
        await using var server = await GatewayServer.StartAsync(
            ("Gateway:DefaultTimeoutSeconds", "3"), ("Gateway:MaxTimeoutSeconds", "7"), ("Gateway:MaxScriptBytes", "40"), ("Gateway:MaxOutputBytes", "2048"));
        TimeSpan? timeout = null;
        long? output = null;
        var script = server.Host.Play((request, _) =>
        {
            (timeout, output) = (request.Limits.WallClock, request.Limits.OutputBytes);
            return Events.Of(Events.Started, Events.Exit());
        });
        await server.Http.TextAsync(Http.Script(script));
        Assert.Equal((TimeSpan.FromSeconds(3), 2048), (timeout, output));
        await server.Http.ProblemAsync(Http.Script(script, "?timeout=7.5"), System.Net.HttpStatusCode.BadRequest, "invalid_timeout");
        await server.Http.ProblemAsync(Http.Script(new string('#', 41)), System.Net.HttpStatusCode.RequestEntityTooLarge, "script_too_large");
    }
}
