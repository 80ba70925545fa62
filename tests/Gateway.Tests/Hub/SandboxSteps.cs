using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Live;

namespace Sandbox.Gateway.Tests.Hub;

/// <summary>What most tests begin with.</summary>
internal static class SandboxSteps
{
    private static int _last;

    /// <summary>An id that no other test has.</summary>
    public static string NewId() => $"sandbox-{Interlocked.Increment(ref _last)}";

    /// <summary>A new sandbox, and what is below it.</summary>
    public static async Task<(string Id, LiveSandbox Live)> CreateAsync(this HubClient hub, GatewayServer server, string owner = "default")
    {
        var id = NewId();
        await hub.CallAsync("CreateSandbox", new { id });
        return (id, server.Host.Live($"{owner}/{id}"));
    }

    /// <summary>A new program in a sandbox, that reads what it is given.</summary>
    public static async Task<LiveProcess> StartAsync(this HubClient hub, string sandboxId, LiveSandbox live, string processId = "p")
    {
        await hub.CallAsync("StartProcess", new { sandboxId, processId, argv = new[] { "cat" }, stdin = true });
        return live.Process(processId);
    }

    public static byte[] Data(this JsonElement item) => item.GetProperty("data").GetBytesFromBase64();
}
