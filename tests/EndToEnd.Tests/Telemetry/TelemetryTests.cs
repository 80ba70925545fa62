using System.Text.Json;
using System.Text.RegularExpressions;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Telemetry;

/// <summary>What a server tells those who watch it, and what it keeps to itself.</summary>
public sealed partial class TelemetryTests
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Everything_documented_is_exported_and_no_output_and_no_secret()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await SandboxServer.StartAsync(
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "300",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "300",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "300",
            },
            "--logs",
            "json");
        const string Secret = "output-of-the-program";
        await using var hub = await HubClient.ConnectAsync(server.Address);
        using var script = new StringContent($"print('{Secret}')");
        using var executed = await server.Http.PostAsync($"/execute?language=python&access_token={Secret}", script, Cancel);
        Assert.Contains(Secret, await executed.Content.ReadAsStringAsync(Cancel));
        await using (var sandbox = await TestSandbox.CreateAsync(hub))
        {
            Assert.Contains(Secret, await sandbox.RunAsync("echo", Secret));
            await hub.CallAsync("SuspendSandbox", new { id = sandbox.Id });
            await hub.CallAsync("AttachSandbox", new { id = sandbox.Id });
            Assert.Equal("invalid", (await hub.FailAsync("StartProcess", new { sandboxId = sandbox.Id })).Text("code"));
            Assert.DoesNotContain(sandbox.Token, Everything());
        }

        // Something for the stop to log.
        await hub.CallAsync("CreateSandbox", new { });
        await receiver.ExpectAsync("metrics", Documented(), Cancel);
        await receiver.ExpectAsync("traces", ["sandbox.execution", "sandbox.start", "sandbox.suspend", "sandbox.restore", "POST /execute"], Cancel);
        Assert.Equal(0, await server.StopAsync());
        await receiver.ExpectAsync("logs", ["Suspended"], Cancel);
        Assert.DoesNotContain(Secret, Everything());
        var logged = server.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.StartsWith("Sandbox is ready at http://127.0.0.1:", logged[0].Text("Message"), StringComparison.Ordinal);
        Assert.Contains(logged, line => line.Text("Message").StartsWith("Suspended", StringComparison.Ordinal) && line.Text("Timestamp").EndsWith('Z'));

        string Everything() => string.Concat(receiver.Received("metrics"), receiver.Received("traces"), receiver.Received("logs"), server.Log);
    }

    /// <summary>The names in the documentation's table.</summary>
    private static IEnumerable<string> Documented() =>
        MetricRow().Matches(File.ReadAllText(Path.Combine(SetUp.Repository, "docs", "telemetry.md"))).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"^\| `(?<name>sandbox\.[a-z.]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricRow();
}
