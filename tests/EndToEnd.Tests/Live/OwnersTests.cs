using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>What belongs to another owner is as if it were not there: a walk over all there is to call, as the server itself lists it.</summary>
public sealed class OwnersTests : IAsyncLifetime
{
    private const int Deadline = 180_000;

    // What names no sandbox that is there: see the tests below.
    private static readonly string[] s_ofSnapshots = ["DescribeSnapshot", "LabelSnapshot", "RenameSnapshot", "DeleteSnapshot", "DescribeTemplate", "RemoveTemplate"];
    private static readonly string[] s_ofBuilds = ["WriteTemplateFiles", "BuildTemplate"];
    private static readonly string[] s_ofNoSandbox = ["CreateSandbox", "ListSandboxes", "AckOutput", "ListSnapshots", "ListTemplates", .. s_ofSnapshots, .. s_ofBuilds];
    private static readonly Dictionary<string, string> s_keys = new() { ["ann"] = $"sbx_{new string('a', 43)}", ["ben"] = $"sbx_{new string('b', 43)}" };
    private SandboxServer _server = null!;
    private HubClient _ann = null!;
    private HubClient _ben = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await SandboxServer.StartAsync([.. s_keys.SelectMany((key, i) => new[]
        {
            $"--Access:Keys:{i}:Name", key.Key, $"--Access:Keys:{i}:Owner", key.Key,
            $"--Access:Keys:{i}:Sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Value))),
        })]);
        _ann = await HubClient.ConnectAsync(_server.Address, s_keys["ann"]);
        _ben = await HubClient.ConnectAsync(_server.Address, s_keys["ben"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ben is not null) await _ben.DisposeAsync();
        if (_ann is not null) await _ann.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task No_hub_method_reaches_another_owners_sandbox()
    {
        await using var sandbox = await WithProgramAsync();
        await using var nobody = await HubClient.ConnectAsync(_server.Address);
        var methods = HubMethods().Where(method => !s_ofNoSandbox.Contains(method.Name)).ToList();
        Assert.InRange(methods.Count, 17, int.MaxValue);
        foreach (var (name, streams) in methods)
        {
            var request = Request(sandbox.Id);
            Assert.Equal((name, "not_found"), (name, (await _ben.FailAsync(name, request, streams)).Text("code")));
            Assert.Equal((name, "unauthorized"), (name, (await nobody.FailAsync(name, request, streams)).Text("code")));
            request["token"] = $"ann.{new string('k', 43)}";
            Assert.Equal((name, "unauthorized"), (name, (await _ben.FailAsync(name, request, streams)).Text("code")));
        }

        foreach (var name in s_ofNoSandbox[..2]) Assert.Equal("unauthorized", (await nobody.FailAsync(name, new { })).Text("code"));
        await AssertUntouchedAsync(sandbox);
    }

    [Fact(Timeout = Deadline)]
    public async Task No_hub_method_reaches_another_owners_snapshot_or_template()
    {
        await using var sandbox = await TestSandbox.CreateAsync(_ann);
        await _ann.CallAsync("CreateSnapshot", new { id = sandbox.Id, name = "anns" });
        await using var nobody = await HubClient.ConnectAsync(_server.Address);
        foreach (var name in s_ofSnapshots)
        {
            var request = new { name = "anns", labels = new { }, to = "bens", cascade = true };
            Assert.Equal((name, "not_found"), (name, (await _ben.FailAsync(name, request)).Text("code")));
            Assert.Equal((name, "unauthorized"), (name, (await nobody.FailAsync(name, request)).Text("code")));
        }

        foreach (var name in s_ofBuilds)
        {
            var request = new { name = "anns", recipe = new { }, upload = "u", offset = 0, data = "aA==" };
            Assert.Equal((name, "forbidden"), (name, (await _ben.FailAsync(name, request, streams: name is "BuildTemplate")).Text("code")));
            Assert.Equal((name, "unauthorized"), (name, (await nobody.FailAsync(name, request, streams: name is "BuildTemplate")).Text("code")));
        }

        Assert.Equal("not_found", (await _ben.FailAsync("CreateSandbox", new { snapshot = "anns" })).Text("code"));
        Assert.Equal("not_found", (await _ben.FailAsync("CreateSandbox", new { template = "anns" })).Text("code"));
        Assert.Empty((await _ben.CallAsync("ListSnapshots", new { })).GetProperty("snapshots").EnumerateArray());
        Assert.DoesNotContain((await _ben.CallAsync("ListTemplates", new { })).GetProperty("templates").EnumerateArray(), template => template.Text("name") == "anns");
        Assert.Equal("anns", (await _ann.CallAsync("DescribeSnapshot", new { name = "anns" })).GetProperty("snapshot").Text("name"));
        await _ann.CallAsync("DeleteSnapshot", new { name = "anns" });
    }

    [Fact(Timeout = Deadline)]
    public async Task No_endpoint_reaches_another_owners_sandbox()
    {
        await using var sandbox = await WithProgramAsync();
        var document = JsonDocument.Parse(await TextAsync(HttpMethod.Get, "/openapi/v1.json", "ben")).RootElement;
        var walked = 0;
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(path => path.Name.Contains("{id}", StringComparison.Ordinal)))
        {
            var at = path.Name.Replace("{id}", sandbox.Id, StringComparison.Ordinal).Replace("{pid}", "p", StringComparison.Ordinal)
                .Replace("{checkpointId}", "c1", StringComparison.Ordinal).Replace("{query}", "list", StringComparison.Ordinal)
                .Replace("{change}", "remove", StringComparison.Ordinal) + (path.Name.Contains("/files", StringComparison.Ordinal) ? "?path=/x&upload=u&offset=0" : "");
            Assert.DoesNotContain('{', at);
            foreach (var operation in path.Value.EnumerateObject())
            {
                walked++;
                var method = new HttpMethod(operation.Name.ToUpperInvariant());
                await RefusedAsync(HttpStatusCode.NotFound, method, at, "ben");
                await RefusedAsync(HttpStatusCode.Unauthorized, method, at, key: null);
                await RefusedAsync(HttpStatusCode.Unauthorized, method, at, "ben", $"ann.{new string('k', 43)}");
            }
        }

        Assert.InRange(walked, 16, int.MaxValue);
        await AssertUntouchedAsync(sandbox);
    }

    [Fact(Timeout = Deadline)]
    public async Task Lists_show_ones_own_and_an_id_that_another_has_is_free()
    {
        await using var anns = await TestSandbox.CreateAsync(_ann, new { id = "same" });
        await using var bens = await TestSandbox.CreateAsync(_ben, new { id = "same", cwd = "/tmp" });
        await using var more = await TestSandbox.CreateAsync(_ben, new { id = "more" });
        Assert.Equal(["same"], await ListAsync("ann"));
        Assert.Equal(["more", "same"], await ListAsync("ben"));
        await anns.RunAsync("sh", "-c", "echo ann > /tmp/mine");
        Assert.Equal("", await bens.RunAsync("sh", "-c", "cat /tmp/mine 2>/dev/null"));
        await _ben.DeleteAsync("same");
        Assert.Equal("ann\n", await anns.RunAsync("cat", "/tmp/mine"));
        Assert.Equal(["more"], await ListAsync("ben"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_token_opens_its_one_sandbox_to_whoever_has_it()
    {
        await using var sandbox = await TestSandbox.CreateAsync(_ann);
        await using var other = await TestSandbox.CreateAsync(_ann);
        await using var nobody = await HubClient.ConnectAsync(_server.Address);
        foreach (var hub in new[] { nobody, _ben })
        {
            Assert.Equal("running", (await hub.CallAsync("AttachSandbox", new { id = sandbox.Id, token = sandbox.Token })).Status());
            Assert.Equal("unauthorized", (await hub.FailAsync("AttachSandbox", new { id = other.Id, token = sandbox.Token })).Text("code"));
        }
    }

    private async Task<TestSandbox> WithProgramAsync()
    {
        var sandbox = await TestSandbox.CreateAsync(_ann);
        await sandbox.StartAsync("p", ["cat"], terminal: new { });
        return sandbox;
    }

    private async Task AssertUntouchedAsync(TestSandbox sandbox)
    {
        Assert.Equal("running", (await _ann.CallAsync("DescribeSandbox", new { id = sandbox.Id })).Status());
        var processes = (await _ann.CallAsync("ListProcesses", new { sandboxId = sandbox.Id })).GetProperty("processes");
        var process = Assert.Single(processes.EnumerateArray());
        Assert.Equal(("running", 0), (process.Text("status"), process.GetProperty("stdinOffset").GetInt64()));
        Assert.Equal(24, process.GetProperty("terminal").GetProperty("rows").GetInt32());
    }

    /// <summary>The methods of the hub's class in the assembly that the server runs.</summary>
    private static IEnumerable<(string Name, bool Streams)> HubMethods()
    {
        var gateway = Assembly.LoadFrom(Path.Combine(Path.GetDirectoryName(SetUp.ServerAssembly)!, "Sandbox.Gateway.dll"));
        var hub = gateway.GetType("Sandbox.Gateway.Hub.SandboxHub", throwOnError: true)!;
        foreach (var method in hub.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            var name = method.GetCustomAttribute<Microsoft.AspNetCore.SignalR.HubMethodNameAttribute>()?.Name ?? method.Name;
            yield return (name, method.ReturnType.Name.StartsWith("IAsyncEnumerable", StringComparison.Ordinal));
        }
    }

    /// <summary>Everything that any call needs, so that it fails for its sandbox alone.</summary>
    private static Dictionary<string, object> Request(string id) => new()
    {
        ["id"] = id,
        ["sandboxId"] = id,
        ["processId"] = "p",
        ["checkpointId"] = "c1",
        ["readId"] = "r",
        ["channel"] = "terminal",
        ["offset"] = 0,
        ["data"] = "aA==",
        ["rows"] = 1,
        ["cols"] = 1,
        ["signal"] = 9,
        ["timeout"] = 1,
        ["argv"] = new[] { "true" },
        ["follow"] = false,
        ["name"] = "mine",
        ["path"] = "/x",
        ["upload"] = "u",
        ["query"] = "list",
        ["change"] = "remove",
    };

    private async Task RefusedAsync(HttpStatusCode status, HttpMethod method, string path, string? key, string? token = null)
    {
        var (got, body) = await SendAsync(method, path, key, token);
        Assert.True(status == got, $"{method} {path}: {got} {body}");
        Assert.Equal(status == HttpStatusCode.NotFound ? "not_found" : "unauthorized", JsonDocument.Parse(body).RootElement.Text("code"));
    }

    private async Task<string[]> ListAsync(string owner)
    {
        var byHub = await (owner == "ann" ? _ann : _ben).CallAsync("ListSandboxes", new { });
        var byRest = JsonDocument.Parse(await TextAsync(HttpMethod.Get, "/v1/sandboxes", owner)).RootElement;
        string[] ids = [.. byRest.GetProperty("sandboxes").EnumerateArray().Select(sandbox => sandbox.Text("id"))];
        Assert.Equal(ids, byHub.GetProperty("sandboxes").EnumerateArray().Select(sandbox => sandbox.Text("id")));
        return ids;
    }

    private async Task<string> TextAsync(HttpMethod method, string path, string key)
    {
        var (status, body) = await SendAsync(method, path, key, token: null);
        Assert.Equal(HttpStatusCode.OK, status);
        return body;
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string? key, string? token)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post) request.Content = new StringContent(JsonSerializer.Serialize(Request("any")), Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Authorization", $"Bearer {s_keys[key]}");
        if (token is not null) request.Headers.Add("Sandbox-Token", token);
        using var response = await _server.Http.SendAsync(request, Cancel);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }
}
