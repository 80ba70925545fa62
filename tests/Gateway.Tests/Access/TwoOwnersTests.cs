using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Hub;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Tests.Access;

/// <summary>What belongs to another owner is as if it were not there: a walk over all there is to call, found by looking and not by a list.</summary>
public sealed class TwoOwnersTests
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task No_hub_method_reaches_another_owners_sandbox()
    {
        await using var server = await Owners.StartAsync();
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey);
        await using var ben = await HubClient.ConnectAsync(server, Owners.BenKey);
        await using var nobody = await HubClient.ConnectAsync(server);
        var (id, live) = await ann.CreateAsync(server, Owners.Ann);
        var process = await ann.StartAsync(id, live);
        server.Host.Snapshots.Add("ann/mine", Snapshot("mine"));
        server.Host.Templates.Add("ann/mine", new TemplateConfiguration { RecipeHash = "sha256:0", Base = "base" });
        var arguments = new
        {
            name = "mine",
            to = "bens",
            id,
            sandboxId = id,
            processId = "p",
            readId = "r",
            checkpointId = "1",
            offset = 0,
            data = "aA==",
            rows = 1,
            cols = 1,
            signal = 9,
            timeout = 1,
            argv = new[] { "true" },
            follow = false,
            path = "/x",
            upload = "u",
            change = "remove",
            query = "list",
        };
        var walked = 0;
        foreach (var method in typeof(SandboxHub).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            var name = method.GetCustomAttribute<HubMethodNameAttribute>()!.Name;
            // Those that name nothing of one's own: see the tests below, and those of templates.
            if (name is "CreateSandbox" or "ListSandboxes" or "ListSnapshots" or "AckOutput" or "ListTemplates" or "BuildTemplate" or "WriteTemplateFiles") continue;
            walked++;
            var streams = method.ReturnType.Name.StartsWith("IAsyncEnumerable", StringComparison.Ordinal);
            var error = streams ? await ben.FailStreamAsync(name, arguments) : await ben.FailAsync(name, arguments);
            Assert.Equal((name, "not_found"), (name, error.GetProperty("code").GetString()));
            error = streams ? await nobody.FailStreamAsync(name, arguments) : await nobody.FailAsync(name, arguments);
            Assert.Equal((name, "unauthorized"), (name, error.GetProperty("code").GetString()));
        }

        Assert.Equal(35, walked);
        Assert.Equal(["mine"], Names(await ann.CallAsync("ListSnapshots", new { })));
        Assert.Empty(Names(await ben.CallAsync("ListSnapshots", new { })));
        Assert.False(process.Ended.IsCompleted);
        Assert.Equal(0, process.Describe().InputOffset);
        Assert.Equal("running", (await ann.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox").GetProperty("status").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_id_that_another_owner_has_is_free_and_lists_show_ones_own_alone()
    {
        await using var server = await Owners.StartAsync();
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey);
        await using var ben = await HubClient.ConnectAsync(server, Owners.BenKey);
        await ann.CallAsync("CreateSandbox", new { id = "same" });
        Assert.True((await ben.CallAsync("CreateSandbox", new { id = "same", cwd = "/tmp" })).GetProperty("created").GetBoolean());
        await ben.CallAsync("CreateSandbox", new { id = "other" });
        Assert.Equal(["same"], Ids(await ann.CallAsync("ListSandboxes", new { })));
        Assert.Equal(["other", "same"], Ids(await ben.CallAsync("ListSandboxes", new { })));
        await ben.CallAsync("DeleteSandbox", new { id = "same" });
        Assert.Equal("/home/user", (await ann.CallAsync("DescribeSandbox", new { id = "same" })).GetProperty("sandbox").GetProperty("cwd").GetString());
        Assert.Equal(2, server.Host.LiveCount);
    }

    [Fact(Timeout = Deadline)]
    public async Task No_endpoint_reaches_another_owners_sandbox()
    {
        await using var server = await Owners.StartAsync();
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey);
        var (id, live) = await ann.CreateAsync(server, Owners.Ann);
        var process = await ann.StartAsync(id, live);
        var walked = 0;
        foreach (var endpoint in server.Endpoints.OfType<RouteEndpoint>())
        {
            var path = endpoint.RoutePattern.RawText!;
            // WebSockets have tests of their own.
            if (!path.Contains("{id}", StringComparison.Ordinal) || path == "/attach/{id}") continue;
            var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single();
            HttpRequestMessage Request() => new(new HttpMethod(method), path.Replace("{id}", id, StringComparison.Ordinal).Replace("{pid}", "p", StringComparison.Ordinal)
                .Replace("{checkpointId}", "1", StringComparison.Ordinal).Replace("{query}", "list", StringComparison.Ordinal)
                .Replace("{change}", "remove", StringComparison.Ordinal) + (path.Contains("/files", StringComparison.Ordinal) ? "?path=/x&upload=u&offset=0" : ""))
            {
                Content = method == "POST"
                    ? new StringContent("""{"argv":["true"],"signal":9,"offset":0,"data":"aA==","rows":1,"cols":1,"checkpointId":"1","path":"/x","name":"mine"}""", Encoding.UTF8, "application/json") : null,
            };
            walked++;
            await server.Http.ProblemAsync(Request().With(Owners.BenKey), HttpStatusCode.NotFound, "not_found");
            await server.Http.ProblemAsync(Request(), HttpStatusCode.Unauthorized, "unauthorized");
            await server.Http.ProblemAsync(Request().With(token: "ann.wrong"), HttpStatusCode.Unauthorized, "unauthorized");
            await server.Http.ProblemAsync(Request().With(Owners.BenKey, "ben.wrong"), HttpStatusCode.Unauthorized, "unauthorized");
        }

        Assert.Equal(34, walked);
        Assert.False(process.Ended.IsCompleted);
        await server.Http.ProblemAsync(new(HttpMethod.Get, "/v1/sandboxes"), HttpStatusCode.Unauthorized, "unauthorized");
        await server.Http.ProblemAsync(new(HttpMethod.Post, "/v1/sandboxes"), HttpStatusCode.Unauthorized, "unauthorized");
        await server.Http.ProblemAsync(Http.Script("print(1)"), HttpStatusCode.Unauthorized, "unauthorized");
        await server.Http.ProblemAsync(Http.Call("def main(): pass"), HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact(Timeout = Deadline)]
    public async Task No_endpoint_reaches_another_owners_snapshot_or_template()
    {
        await using var server = await Owners.StartAsync();
        server.Host.Snapshots.Add("ann/mine", Snapshot("mine"));
        server.Host.Templates.Add("ann/mine", new TemplateConfiguration { RecipeHash = "sha256:0", Base = "base" });
        var walked = 0;
        foreach (var endpoint in server.Endpoints.OfType<RouteEndpoint>())
        {
            var path = endpoint.RoutePattern.RawText!;
            // An import makes one of one's own, and so does a build.
            if (!path.Contains("{name}", StringComparison.Ordinal) || path.Split('/')[^1] is "import" or "build" or "files") continue;
            var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single();
            HttpRequestMessage Request() => new(new HttpMethod(method), path.Replace("{name}", "mine", StringComparison.Ordinal))
            {
                Content = method == "POST" ? new StringContent("""{"to":"bens"}""", Encoding.UTF8, "application/json") : null,
            };
            walked++;
            await server.Http.ProblemAsync(Request().With(Owners.BenKey), HttpStatusCode.NotFound, "not_found");
            await server.Http.ProblemAsync(Request(), HttpStatusCode.Unauthorized, "unauthorized");
        }

        Assert.Equal(7, walked);
        await server.Http.ProblemAsync(new(HttpMethod.Post, "/v1/snapshots/new/import") { Content = new ByteArrayContent([1]) }, HttpStatusCode.Unauthorized, "unauthorized");
        using var imported = await server.Http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/v1/snapshots/mine/import") { Content = new ByteArrayContent([1]) }.With(Owners.BenKey), Cancel);
        Assert.Equal(HttpStatusCode.Created, imported.StatusCode);
        Assert.Equal(7, (await server.Host.Snapshots.DescribeAsync("ann/mine", Cancel)).Value!.Bytes);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task A_key_counts_on_every_transport(HttpTransportType transport)
    {
        await using var server = await Owners.StartAsync();
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey, transport);
        var (id, live) = await ann.CreateAsync(server, Owners.Ann);
        (await ann.StartAsync(id, live)).End(code: 0);
        await foreach (var item in ann.StreamAsync("ReadOutput", new { sandboxId = id, processId = "p", readId = "r" }))
        {
            Assert.Equal("end", item.GetProperty("type").GetString());
        }

        await using var ben = await HubClient.ConnectAsync(server, Owners.BenKey, transport);
        await ben.FailAsync("not_found", "DescribeSandbox", new { id });
    }

    private static SnapshotDescription Snapshot(string name) =>
        new() { Name = name, Created = DateTimeOffset.UnixEpoch, Bytes = 7, LayerCount = 2, Labels = [] };

    private static string[] Names(System.Text.Json.JsonElement list) =>
        [.. list.GetProperty("snapshots").EnumerateArray().Select(snapshot => snapshot.GetProperty("name").GetString()!)];

    private static string[] Ids(System.Text.Json.JsonElement list) =>
        [.. list.GetProperty("sandboxes").EnumerateArray().Select(sandbox => sandbox.GetProperty("id").GetString()!)];
}
