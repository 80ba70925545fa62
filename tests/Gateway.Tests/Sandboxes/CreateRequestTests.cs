using System.Text.Json;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Tests.Sandboxes;

/// <summary>Creations against the operator's limits.</summary>
public sealed class CreateRequestTests
{
    [Theory]
    [InlineData("""{"memoryBytes":200000001}""", "memoryBytes must be a whole number from 67108864 to 200000000.")]
    [InlineData("""{"diskBytes":30000001}""", "diskBytes must be a whole number from 1048576 to 30000000.")]
    [InlineData("""{"processes":101}""", "processes must be a whole number from 8 to 100.")]
    [InlineData("""{"idleTimeout":61}""", "idleTimeout must be a number of seconds from 1 to 60.")]
    [InlineData("""{"lifetime":601}""", "lifetime must be a number of seconds from 1 to 600.")]
    [InlineData("""{"keepAlive":true}""", "keepAlive is not allowed on this server.")]
    [InlineData("""{"env":{"A":"123456789"}}""", "env: all of it together may have 10 bytes.")]
    [InlineData("""{"volumes":[]}""", "volumes: not yet.")]
    [InlineData("""{"secrets":{}}""", "secrets: not yet.")]
    [InlineData("""{"cpu":1}""", "cpu: not yet.")]
    public void What_is_beyond_a_limit_is_refused_with_the_member_and_the_range(string request, string message)
    {
        var refused = Assert.Throws<CallException>(() => Read(request));
        Assert.Equal("invalid", refused.Error.Code);
        Assert.StartsWith(message, refused.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"memoryBytes":null,"lifetime":null,"cpu":null,"keepAlive":false}""")]
    public void What_is_left_out_or_null_is_the_operators_default(string request)
    {
        var (_, spec, _) = Read(request);
        Assert.Equal((100_000_000, 20_000_000, 50), (spec.MemoryBytes, spec.DiskBytes, spec.Processes));
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(600)), (spec.IdleTimeout, spec.Lifetime));
    }

    [Fact]
    public void What_is_at_a_limit_is_taken()
    {
        var (id, spec, _) = Read("""{"id":"a-1","memoryBytes":200000000,"diskBytes":1048576,"processes":100,"idleTimeout":60,"lifetime":1,"env":{"A":"1234567"}}""");
        Assert.Equal(("a-1", 200_000_000, 1_048_576, 100), (id, spec.MemoryBytes, spec.DiskBytes, spec.Processes));
    }

    [Fact]
    public void A_token_of_the_callers_own_is_taken_with_an_id()
    {
        Assert.Equal(new string('k', 32), Read($$"""{"id":"a","token":"{{new string('k', 32)}}"}""").Token);
        Assert.Equal("-_09azAZ".PadLeft(128, 'x'), Read($$"""{"id":"a","token":"{{"-_09azAZ".PadLeft(128, 'x')}}"}""").Token);
        Assert.Null(Read("""{"id":"a","token":null}""").Token);
    }

    [Theory]
    [InlineData("""{"token":"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"}""")]
    [InlineData("""{"id":"a","token":"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"}""")]
    [InlineData("""{"id":"a","token":"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk."}""")]
    [InlineData("""{"id":"a","token":""}""")]
    [InlineData("""{"id":"a","token":7}""")]
    public void Another_token_is_refused(string request) =>
        Assert.StartsWith("token", Assert.Throws<CallException>(() => Read(request)).Error.Message, StringComparison.Ordinal);

    private static (string Id, Grains.Sandboxes.SandboxSpec Spec, string? Token) Read(string request) =>
        CreateRequest.Read(Arguments.Of(JsonElement.Parse(request)), new SandboxLimitsOptions
        {
            DefaultMemoryBytes = 100_000_000,
            MaxMemoryBytes = 200_000_000,
            DefaultDiskBytes = 20_000_000,
            MaxDiskBytes = 30_000_000,
            DefaultProcesses = 50,
            MaxProcesses = 100,
            DefaultIdleTimeoutSeconds = 30,
            MaxIdleTimeoutSeconds = 60,
            MaxLifetimeSeconds = 600,
            AllowKeepAlive = false,
            MaxEnvironmentBytes = 10,
        });
}
