using System.Text.Json;

namespace Sandboxes.Cli.Tests;

public sealed class SandboxCommandTests : CliTest
{
    [Fact(Timeout = 120_000)]
    public async Task A_sandbox_is_created_listed_described_and_removed()
    {
        var created = await RunAsync("create", "mine", "--memory", "512M", "-e", "A=b=c", "--label", "x=1", "--idle-timeout", "1.5", "--root");
        Assert.Equal((0, "mine\n", $"token {World.Sandboxes["mine"].Token}\n"), created);
        using var request = JsonDocument.Parse(World.Sandboxes["mine"].Request);
        var asked = request.RootElement;
        Assert.Equal(512 << 20, asked.GetProperty("memoryBytes").GetInt64());
        Assert.Equal("b=c", asked.GetProperty("env").GetProperty("A").GetString());
        Assert.Equal((1.5, "root"), (asked.GetProperty("idleTimeout").GetDouble(), asked.GetProperty("user").GetString()));

        var listed = await RunAsync("ls");
        Assert.Equal(["ID", "box", "mine"], listed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
        using var json = JsonDocument.Parse((await RunAsync("ls", "--json")).Out);
        Assert.Equal(["box", "mine"], json.RootElement.EnumerateArray().Select(s => s.GetProperty("id").GetString()));
        Assert.Equal("running", json.RootElement[0].GetProperty("status").GetString());

        var removed = await RunAsync("rm", "box", "nowhere", "mine");
        Assert.Equal((1, "box\nmine\n"), (removed.Code, removed.Out));
        Assert.Contains("There is no sandbox 'nowhere'.", removed.Error, StringComparison.Ordinal);
        Assert.All(World.Sandboxes.Values, sandbox => Assert.Equal("deleted", sandbox.Status));
    }

    [Fact(Timeout = 120_000)]
    public async Task Info_tells_what_a_sandbox_is_and_what_runs_and_shows_no_control_characters()
    {
        using var start = JsonDocument.Parse("""{"processId":"p1","argv":["sh","-c","\u001b[2J"],"epoch":3,"timeline":1}""");
        Box.Start(start.RootElement.Clone(), out _).End(code: 3);
        var (code, text, _) = await RunAsync("info", "box");
        Assert.Equal(0, code);
        Assert.Contains("memory     5 B of 10 B", text, StringComparison.Ordinal);
        Assert.Matches(@"p1 +7 +exited with 3 +1970-01-01 00:00:00Z +sh -c \?\[2J", text);
        using var json = JsonDocument.Parse((await RunAsync("info", "box", "--json")).Out);
        Assert.Equal((300.5, 4.5), (
            json.RootElement.GetProperty("sandbox").GetProperty("idleTimeout").GetDouble(), json.RootElement.GetProperty("stats").GetProperty("uptime").GetDouble()));
        Assert.Equal("exited", json.RootElement.GetProperty("processes")[0].GetProperty("exit").GetProperty("reason").GetString());
    }

    [Fact(Timeout = 120_000)]
    public async Task Help_calls_it_what_its_users_call_it()
    {
        var (code, text, _) = await RunAsync("snapshot", "create", "--help");
        Assert.Equal(0, code);
        Assert.Contains("Usage:\n  sandbox snapshot create <id> <name> [options]\n", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Failures_say_what_to_do()
    {
        var unknown = await RunAsync("info", "nowhere");
        Assert.Equal((1, ""), (unknown.Code, unknown.Out));
        Assert.StartsWith("sandbox: There is no sandbox 'nowhere'.\n", unknown.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await RunAsync("info", "nowhere", "--json")).Error);
        Assert.Equal("not_found", json.RootElement.GetProperty("error").GetProperty("code").GetString());

        var away = await RunAsync("ls", "--url", "http://127.0.0.1:1");
        Assert.Equal(1, away.Code);
        Assert.Contains("http://127.0.0.1:1/hub cannot be reached", away.Error, StringComparison.Ordinal);

        var wrong = await RunAsync("create", "--memory", "much");
        Assert.Equal((1, "sandbox: --memory takes bytes, or a number with K, M, G or T, such as 512M; not 'much'.\n"), (wrong.Code, wrong.Error));
        var usage = await RunAsync("create", "a", "b");
        Assert.Equal(2, usage.Code);

        World.Key = "secret";
        var refused = await RunAsync("ls");
        Assert.Equal(1, refused.Code);
        Assert.Contains("--key or SANDBOX_KEY", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("ls", "--key", "secret")).Code);
    }
}
