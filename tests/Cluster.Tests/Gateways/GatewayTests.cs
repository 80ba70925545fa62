using System.Net;
using System.Text;
using System.Text.Json;
using Sandbox.Cluster.Tests.Hosting;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.Silo.Cluster;
using Sandbox.TestServer;

namespace Sandbox.Cluster.Tests.Gateways;

/// <summary>A gateway alone in front of two silos, which list themselves in the memory of the first.</summary>
public sealed class GatewayTests
{
    private const int Deadline = 180_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_gateway_alone_serves_all_that_a_silo_serves_and_goes_on_when_one_silo_stops()
    {
        var (first, gateways) = (FreePort(), new[] { FreePort(), FreePort() });
        await using var cluster = new TestCluster("--Cluster:Localhost", $"{first}", "--Cluster:Gateways", string.Join(',', gateways), "--Cluster:DeadAfter", "00:00:08");
        await cluster.AddAsync("--Cluster:SiloPort", $"{first}", "--Cluster:GatewayPort", $"{gateways[0]}");
        await cluster.AddAsync("--Cluster:GatewayPort", $"{gateways[1]}");
        var gateway = await cluster.AddGatewayAsync();
        while ((await JsonAsync(await gateway.Http.GetAsync("/status", Cancel))).Text("status") != "ok") await Task.Delay(100, Cancel);

        // One-offs, as a script and as a function.
        Assert.Equal("42\n", await (await ExecuteAsync(gateway, "print(6 * 7)")).Content.ReadAsStringAsync(Cancel));
        var main = await gateway.Http.PostAsync("/execute", Body("""{"script": "def main():\n    return {\"sum\": 1 + 2}"}""", "application/json"), Cancel);
        Assert.Equal(3, (await JsonAsync(main)).GetProperty("result").GetProperty("sum").GetInt32());

        // Sandboxes that stay.
        await using var hub = await HubClient.ConnectAsync(gateway.Address);
        foreach (var id in new[] { "a", "b", "c", "d" }) await hub.CallAsync("CreateSandbox", new { id });

        // Each silo hears once a second what the other has free.
        Assert.All(cluster.Silos, silo => Assert.InRange(TestCluster.ContainersOf(silo), 1, 3));
        foreach (var id in new[] { "a", "b" }) await NumberedLines.StartAsync(hub, id);
        foreach (var id in new[] { "a", "b" }) await NumberedLines.ReadAsync(hub, id, 10);
        await hub.CallAsync("CheckpointSandbox", new { id = "a" });
        Assert.Single((await hub.CallAsync("ListCheckpoints", new { id = "a" })).GetProperty("checkpoints").EnumerateArray());
        Assert.Equal(4, (await hub.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").GetArrayLength());

        // The second one: with the first the list of members would go.
        var reading = NumberedLines.ReadAsync(hub, "a", 200);
        Assert.Equal(0, await cluster.Silos[1].StopAsync());
        await reading;
        foreach (var id in new[] { "a", "b" }) Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, id));
        Assert.Equal("42\n", await (await ExecuteAsync(gateway, "print(6 * 7)")).Content.ReadAsStringAsync(Cancel));
        foreach (var id in new[] { "a", "b", "c", "d" }) await hub.CallAsync("StartProcess", new { sandboxId = id, processId = "true", argv = new[] { "true" } });
        Assert.Equal(4, TestCluster.ContainersOf(cluster.Silos[0]));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_gateway_without_silos_says_what_it_lacks()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SandboxServer.StartGatewayAsync());
        Assert.Contains("needs silos behind it", failure.Message, StringComparison.Ordinal);
        Assert.Contains("code 1", failure.Message, StringComparison.Ordinal);
    }

    private static int FreePort() => ClusterJoin.FreePort(IPAddress.Loopback);

    private static async Task<HttpResponseMessage> ExecuteAsync(SandboxServer server, string code)
    {
        var answer = await server.Http.PostAsync("/execute?language=python", Body(code, "text/plain"), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }

    private static StringContent Body(string text, string type) => new(text, Encoding.UTF8, type);

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        return document.RootElement.Clone();
    }
}
