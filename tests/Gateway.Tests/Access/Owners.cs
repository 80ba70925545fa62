using Sandbox.Gateway.Access.Keys;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Access;

/// <summary>A server with two owners, each with a key.</summary>
internal static class Owners
{
    public const string Ann = "ann";
    public const string Ben = "ben";

    public static string AnnKey { get; } = ApiKey.Create();

    public static string BenKey { get; } = ApiKey.Create();

    public static Task<GatewayServer> StartAsync(params (string Key, string Value)[] settings) => GatewayServer.StartAsync(
    [
        ("Access:Keys:0:Name", "ann's laptop"), ("Access:Keys:0:Owner", Ann), ("Access:Keys:0:Sha256", ApiKey.Hash(AnnKey)),
        ("Access:Keys:1:Name", "ben's laptop"), ("Access:Keys:1:Owner", Ben), ("Access:Keys:1:Sha256", ApiKey.Hash(BenKey).ToUpperInvariant()),
        .. settings,
    ]);

    public static HttpRequestMessage With(this HttpRequestMessage request, string? key = null, string? token = null)
    {
        if (key is not null) request.Headers.Add("Authorization", $"Bearer {key}");
        if (token is not null) request.Headers.Add("Sandbox-Token", token);
        return request;
    }
}
