using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Tests.Access;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Gateway.Tests.OpenApi;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Tests.Templates;

/// <summary>Templates over the hub and by HTTP.</summary>
public sealed class TemplateCallTests
{
    private const int Deadline = 60_000;
    private static readonly (string, string) _annMayBuild = ("Access:Keys:0:BuildTemplates", "true");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_key_builds_only_if_the_operator_lets_it()
    {
        await using var server = await Owners.StartAsync(_annMayBuild);
        await using var ann = await HubClient.ConnectAsync(server, Owners.AnnKey);
        await using var ben = await HubClient.ConnectAsync(server, Owners.BenKey);
        await using var nobody = await HubClient.ConnectAsync(server);
        var build = new { name = "mine", recipe = new { } };
        var files = new { name = "mine", upload = "u", offset = 0, data = "aA==" };
        Assert.Equal(["step", "output", "built"], await TypesAsync(ann, build));
        await ann.CallAsync("WriteTemplateFiles", files);
        var refused = await ben.FailStreamAsync("BuildTemplate", build);
        Assert.Equal("forbidden", refused.GetProperty("code").GetString());
        Assert.Contains("Access:Keys:N:BuildTemplates=true", refused.GetProperty("message").GetString(), StringComparison.Ordinal);
        await ben.FailAsync("forbidden", "WriteTemplateFiles", files);
        Assert.Equal("unauthorized", (await nobody.FailStreamAsync("BuildTemplate", build)).GetProperty("code").GetString());
        await nobody.FailAsync("unauthorized", "WriteTemplateFiles", files);
        await server.Http.ProblemAsync(Post("/v1/templates/mine/build", "{\"recipe\":{}}").With(Owners.BenKey), HttpStatusCode.Forbidden, "forbidden");
        await server.Http.ProblemAsync(Post("/v1/templates/mine/files", "x").With(Owners.BenKey), HttpStatusCode.Forbidden, "forbidden");
        await server.Http.ProblemAsync(Post("/v1/templates/mine/import", "x").With(Owners.BenKey), HttpStatusCode.Forbidden, "forbidden");
        await server.Http.ProblemAsync(Post("/v1/templates/mine/import", "x"), HttpStatusCode.Unauthorized, "unauthorized");
        await server.Http.ProblemAsync(Post("/v1/templates/mine/files", "x"), HttpStatusCode.Unauthorized, "unauthorized");

        // Names are an owner's own, and so are the lists.
        Assert.Equal("mine", (await ann.CallAsync("ListTemplates", new { })).GetProperty("templates")[0].GetProperty("name").GetString());
        Assert.Equal(0, (await ben.CallAsync("ListTemplates", new { })).GetProperty("templates").GetArrayLength());
        await ben.FailAsync("not_found", "CreateSandbox", new { template = "mine" });
    }

    [Fact(Timeout = Deadline)]
    public async Task A_build_is_streamed_and_its_files_go_before_it()
    {
        await using var server = await GatewayServer.StartAsync();
        var document = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi/v1.json", Cancel)).RootElement;
        async Task<JsonElement> Call(string method, string path, string described, HttpStatusCode expected, HttpContent? body = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/" + path) { Content = body };
            var (status, answer) = await server.Http.JsonAsync(request);
            Assert.True(status == expected, $"{method} {path}: {status} {answer}");
            var schema = document.GetProperty("paths").GetProperty("/v1/" + described).GetProperty(method.ToLowerInvariant())
                .GetProperty("responses").GetProperty($"{(int)expected}").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            Assert.Null(new SchemaCheck(document).Check(schema, answer));
            return answer;
        }

        var tar = new byte[2_500_000];
        Random.Shared.NextBytes(tar);
        var sent = await Call("POST", "templates/mine/files", "templates/{name}/files", HttpStatusCode.Created, new ByteArrayContent(tar));
        var upload = sent.GetProperty("upload").GetString()!;
        Assert.Equal(tar, server.Host.Templates.Uploaded("default/mine", upload));
        var recipe = JsonSerializer.Serialize(new { recipe = new { run = new[] { "true" } }, upload, rebuild = true });
        var lines = (await server.Http.TextAsync(Post("/v1/templates/mine/build", recipe))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(["step", "output", "built"], lines.Select(line => line.GetProperty("type").GetString()));
        Assert.Equal((1, "true"), (lines[0].GetProperty("step").GetInt32(), lines[0].GetProperty("command").GetString()));
        Assert.Equal(("stderr", "AQI="), (lines[1].GetProperty("channel").GetString(), lines[1].GetProperty("data").GetString()));
        Assert.Equal(("mine", false, "left"), (lines[2].GetProperty("template").GetProperty("name").GetString(), lines[2].GetProperty("cached").GetBoolean(), lines[2].GetProperty("leftOut")[0].GetString()));
        Assert.Equal((upload, true, "true"), (server.Host.Templates.Asked!.Upload, server.Host.Templates.Asked.Rebuild, server.Host.Templates.Asked.Recipe.Run[0].Command));
        Assert.Equal("mine", (await Call("GET", "templates/mine", "templates/{name}", HttpStatusCode.OK)).GetProperty("template").GetProperty("name").GetString());
        Assert.Equal(1, (await Call("GET", "templates?limit=5", "templates", HttpStatusCode.OK)).GetProperty("templates").GetArrayLength());
        await Call("DELETE", "templates/mine", "templates/{name}", HttpStatusCode.OK);
        var imported = (await Call("POST", "templates/image/import", "templates/{name}/import", HttpStatusCode.Created, new ByteArrayContent(tar))).GetProperty("template");
        Assert.Equal("image", imported.GetProperty("name").GetString());
        Assert.Equal(tar, server.Host.Templates.Uploaded("default/image", imported.GetProperty("base").GetString()!));
        await server.Http.ProblemAsync(Post("/v1/templates/image/import", ""), HttpStatusCode.BadRequest, "invalid");
        server.Host.Templates.Failure = new SandboxError { Code = SandboxErrorCode.Invalid, Message = "It is no image." };
        await server.Http.ProblemAsync(Post("/v1/templates/image/import", "x"), HttpStatusCode.BadRequest, "invalid");
        await server.Http.ProblemAsync(new(HttpMethod.Get, "/v1/templates/mine"), HttpStatusCode.NotFound, "not_found");
        await server.Http.ProblemAsync(Post("/v1/templates/Mine/build", "{\"recipe\":{}}"), HttpStatusCode.BadRequest, "invalid");
        await server.Http.ProblemAsync(Post("/v1/templates/mine/build", "{}"), HttpStatusCode.BadRequest, "invalid");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_failure_has_a_status_before_the_first_item_and_is_the_last_item_after_it()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Host.Templates.Failure = new SandboxError { Code = SandboxErrorCode.Forbidden, Message = "No network." };
        await server.Http.ProblemAsync(Post("/v1/templates/mine/build", "{\"recipe\":{}}"), HttpStatusCode.Forbidden, "forbidden");
        server.Host.Templates.Failure = new SandboxError { Code = SandboxErrorCode.Invalid, Message = "A command failed: make" };
        var events = await server.Http.EventsAsync(Post("/v1/templates/mine/build", "{\"recipe\":{}}"));
        Assert.Equal(["step", "output", "failure"], events.Select(happened => happened.GetProperty("type").GetString()));
        Assert.Equal(("invalid", "A command failed: make"), (events[2].GetProperty("code").GetString(), events[2].GetProperty("message").GetString()));
        var text = await server.Http.TextAsync(Accepting(Post("/v1/templates/mine/build", "{\"recipe\":{}}"), "text/event-stream"));
        Assert.Matches("(?s)^event: step\ndata: {.*\n\nevent: output\n.*event: failure\ndata: {.*\"A command failed: make\"}\n\n$", text);
        await using var hub = await HubClient.ConnectAsync(server);
        var failed = await Assert.ThrowsAsync<HubException>(() => TypesAsync(hub, new { name = "mine", recipe = new { } }));
        Assert.Equal("A command failed: make", HubClient.Error(failed).GetProperty("message").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_name_is_built_once_at_a_time_and_a_client_that_leaves_ends_its_build()
    {
        await using var server = await GatewayServer.StartAsync();
        var gate = new TaskCompletionSource();
        server.Host.Templates.Gate = gate.Task;
        var leaving = await HubClient.ConnectAsync(server);
        var first = Task.Run(() => TypesAsync(leaving, new { name = "mine", recipe = new { } }), Cancel);
        while (server.Host.Templates.Building < 1) await Task.Delay(5, Cancel);
        await using var hub = await HubClient.ConnectAsync(server);
        var second = await hub.FailStreamAsync("BuildTemplate", new { name = "mine", recipe = new { } });
        Assert.Equal("conflict", second.GetProperty("code").GetString());
        await leaving.DisposeAsync();
        while (server.Host.Templates.Building > 0) await Task.Delay(5, Cancel);
        await first.ContinueWith(_ => { }, Cancel, TaskContinuationOptions.None, TaskScheduler.Default);
        await hub.FailAsync("not_found", "DescribeTemplate", new { name = "mine" });
        gate.SetResult();
        Assert.Equal(["step", "output", "built"], await TypesAsync(hub, new { name = "mine", recipe = new { } }));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_takes_from_its_template_what_its_creation_leaves_out()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Host.Templates.Add("default/mine", new TemplateConfiguration
        {
            RecipeHash = "sha256:0",
            Base = "base",
            Environment = { ["A"] = "template", ["B"] = "template" },
            Root = true,
            Directory = "/srv",
        });
        await using var hub = await HubClient.ConnectAsync(server);
        await hub.CallAsync("CreateSandbox", new { id = "one", template = "mine", env = new Dictionary<string, string> { ["B"] = "request", ["C"] = "request" } });
        var spec = server.Host.Live("default/one").Spec;
        Assert.Equal(("mine", true, "/srv"), (spec.Template, spec.Root, spec.Directory));
        Assert.Equal("A=template B=request C=request", string.Join(' ', spec.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));
        await hub.CallAsync("CreateSandbox", new { id = "two", template = "mine", user = "user", cwd = "/tmp" });
        Assert.Equal((false, "/tmp"), (server.Host.Live("default/two").Spec.Root, server.Host.Live("default/two").Spec.Directory));
        await hub.FailAsync("not_found", "CreateSandbox", new { template = "none" });
    }

    private static async Task<string[]> TypesAsync(HubClient hub, object request)
    {
        var types = new List<string>();
        await foreach (var item in hub.StreamAsync("BuildTemplate", request)) types.Add(item.GetProperty("type").GetString()!);
        return [.. types];
    }

    private static HttpRequestMessage Post(string path, string json) => new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static HttpRequestMessage Accepting(HttpRequestMessage request, string type)
    {
        request.Headers.Add("Accept", type);
        return request;
    }
}
