using System.Net;
using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Gateway.Tests.OpenApi;

namespace Sandbox.Gateway.Tests.Rest;

/// <summary>What the hub does, by HTTP.</summary>
public sealed class RestTests(SharedGateway shared)
{
    private const int Deadline = 120_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Every_call_answers_as_the_document_says_and_as_the_hub_does()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var document = JsonDocument.Parse(await shared.Http.GetStringAsync("/openapi/v1.json", Cancel)).RootElement;
        var id = SandboxSteps.NewId();
        var at = $"/v1/sandboxes/{id}";

        async Task<JsonElement> Call(int status, string method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path.StartsWith('/') ? path : at)
            {
                Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
            };
            var (got, answer) = await shared.Http.JsonAsync(request);
            Assert.True((int)got == status, $"{method} {path}: {got} {answer}");
            var described = path.Split('?')[0].Replace(id, "{id}", StringComparison.Ordinal).Replace("/p", "/{pid}", StringComparison.Ordinal)
                .Replace("/{pid}rocesses", "/processes", StringComparison.Ordinal).Replace("/{pid}ause", "/pause", StringComparison.Ordinal);
            var schema = document.GetProperty("paths").GetProperty(described).GetProperty(method.ToLowerInvariant())
                .GetProperty("responses").GetProperty($"{status}").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            Assert.Null(new SchemaCheck(document).Check(schema, answer));
            return answer;
        }

        Assert.True((await Call(201, "POST", "/v1/sandboxes", new { id })).TryGetProperty("token", out _));
        Assert.False((await Call(200, "POST", "/v1/sandboxes", new { id })).TryGetProperty("token", out _));
        var sandbox = (await Call(200, "GET", at)).GetProperty("sandbox");
        Assert.Equal((await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox").GetProperty("created").GetRawText(), sandbox.GetProperty("created").GetRawText());
        Assert.Contains((await Call(200, "GET", "/v1/sandboxes?limit=1000&follow=x")).GetProperty("sandboxes").EnumerateArray(), one => one.GetProperty("id").GetString() == id);
        Assert.Equal(0, (await Call(200, "GET", "/v1/sandboxes?label=a=b")).GetProperty("sandboxes").GetArrayLength());
        Assert.Equal("paused", (await Call(200, "POST", at + "/pause")).GetProperty("sandbox").GetProperty("status").GetString());
        await Call(200, "POST", at + "/resume");
        await Call(200, "GET", at + "/stats");
        await Call(201, "POST", at + "/processes", new { processId = "p", language = "bash", code = "cat", terminal = new { } });
        await Call(200, "POST", at + "/processes", new { processId = "p", language = "bash", code = "cat", terminal = new { } });
        await Call(200, "GET", at + "/processes");
        Assert.Equal((await hub.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" })).GetRawText(), (await Call(200, "GET", at + "/processes/p")).GetRawText());
        Assert.Equal("""{"offset":1}""", (await Call(200, "POST", at + "/processes/p/input", new { offset = 0, data = "aA==" })).GetRawText());
        await Call(200, "POST", at + "/processes/p/resize", new { rows = 9, cols = 9 });
        await Call(200, "POST", at + "/processes/p/wait", new { timeout = 0 });
        await Call(200, "POST", at + "/processes/p/end-input", new { offset = 1 });
        await Call(200, "POST", at + "/processes/p/wait");
        await Call(200, "POST", at + "/processes/p/signal", new { signal = "HUP", group = true });
        await Call(200, "POST", at + "/processes/p/kill");
        Assert.Equal("deleted", (await Call(200, "DELETE", at)).GetProperty("sandbox").GetProperty("status").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Failures_are_problems_with_the_hubs_codes()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        Task<JsonElement> Fail(HttpStatusCode status, string code, string method, string path, string? body = null, string type = "application/json") =>
            shared.Http.ProblemAsync(
                new(new HttpMethod(method), "/v1/sandboxes" + path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) }, status, code);
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "", "{");
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "", "[]");
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "", """{"id":"A"}""");
        await Fail(HttpStatusCode.BadRequest, "invalid", "GET", "?limit=many");
        await Fail(HttpStatusCode.BadRequest, "invalid", "GET", "?label=a");
        await Fail(HttpStatusCode.BadRequest, "invalid", "GET", "?limit=1&limit=2");
        await Fail(HttpStatusCode.BadRequest, "invalid", "GET", "/A.B");
        await Fail(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type", "POST", "", "{}", "text/plain");
        await Fail(HttpStatusCode.RequestEntityTooLarge, "body_too_large", "POST", "", new string(' ', 5 << 20));
        await Fail(HttpStatusCode.NotFound, "not_found", "GET", "/missing");
        await Fail(HttpStatusCode.NotFound, "not_found", "GET", $"/{id}/processes/missing/output");
        await Fail(HttpStatusCode.NotFound, "not_found", "GET", $"/{id}/processes/p/output?channel=terminal");
        await Fail(HttpStatusCode.NotFound, "not_found", "GET", "/missing/events");
        await Fail(HttpStatusCode.MethodNotAllowed, "method_not_allowed", "PUT", $"/{id}");
        var gap = await Fail(HttpStatusCode.Conflict, "conflict", "POST", $"/{id}/processes/p/input", """{"offset":5,"data":""}""");
        Assert.Equal(0, gap.GetProperty("expected").GetInt64());
        Assert.Equal("running", (await Fail(HttpStatusCode.Conflict, "conflict", "POST", "", $$"""{"id":"{{id}}","cwd":"/"}""")).GetProperty("sandboxStatus").GetString());
        var accepts = new HttpRequestMessage(HttpMethod.Get, $"/v1/sandboxes/{id}/events");
        accepts.Headers.Add("Accept", "image/png");
        await shared.Http.ProblemAsync(accepts, HttpStatusCode.NotAcceptable, "not_acceptable");
        await hub.CallAsync("DeleteSandbox", new { id });
        Assert.Equal("deleted", (await Fail(HttpStatusCode.Gone, "gone", "GET", $"/{id}/processes")).GetProperty("sandboxStatus").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task Output_comes_as_bytes_while_it_is_written_and_from_any_offset()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        live.LogBytes = 200_000;
        var process = await hub.StartAsync(id, live);
        var path = $"/v1/sandboxes/{id}/processes/p/output";
        using var response = await shared.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
        await using var body = await response.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[5];
        process.Write("hello");
        await body.ReadExactlyAsync(buffer, Cancel);
        process.Write("world");
        await body.ReadExactlyAsync(buffer, Cancel);
        Assert.Equal("world"u8.ToArray(), buffer);
        while (process.Output.Acknowledged < 10) await Task.Delay(10, Cancel);
        process.End(code: 0);
        Assert.Equal(0, await body.ReadAsync(buffer, Cancel));
        Assert.Equal("world", await shared.Http.GetStringAsync(path + "?offset=5&follow=false", Cancel));

        var loud = await hub.StartAsync(id, live, "loud");
        loud.Output.Write(new byte[300_000]);
        var lost = await shared.Http.ProblemAsync(new(HttpMethod.Get, path.Replace("/p/", "/loud/", StringComparison.Ordinal) + "?offset=0"), HttpStatusCode.Conflict, "conflict");
        Assert.Equal(100_000, lost.GetProperty("expected").GetInt64());
        using var rest = await shared.Http.GetAsync(path.Replace("/p/", "/loud/", StringComparison.Ordinal) + "?follow=false", Cancel);
        Assert.Equal("100000", Assert.Single(rest.Headers.GetValues("Sandbox-Output-Offset")));
        Assert.Equal(200_000, (await rest.Content.ReadAsByteArrayAsync(Cancel)).Length);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("application/x-ndjson")]
    [InlineData("text/event-stream")]
    public async Task Output_comes_as_items_that_also_tell_of_gaps(string accept)
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        live.LogBytes = 10;
        var process = await hub.StartAsync(id, live);
        process.Write("0123456789abc");
        process.End(code: 0);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/sandboxes/{id}/processes/p/output");
        request.Headers.Add("Accept", accept);
        string[] items =
        [
            """{"type":"gap","timeline":1,"from":0,"to":3,"lostBytes":3}""", """{"type":"data","timeline":1,"offset":3,"data":"MzQ1Njc4OWFiYw=="}""",
            """{"type":"end","timeline":1,"offset":13,"ended":true}""",
        ];
        var expected = accept == "application/x-ndjson"
            ? string.Concat(items.Select(item => item + "\n"))
            : string.Concat(items.Select(item => $"event: {JsonDocument.Parse(item).RootElement.GetProperty("type")}\ndata: {item}\n\n"));
        Assert.Equal(expected, await shared.Http.TextAsync(request));
    }

    [Fact(Timeout = Deadline)]
    public async Task Events_are_followed_as_server_sent_events_and_gone_on_with_at_the_last_number()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/sandboxes/{id}/events");
        request.Headers.Add("Accept", "text/event-stream");
        using var response = await shared.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("event: created", await reader.ReadLineAsync(Cancel));
        Assert.Equal("id: 1", await reader.ReadLineAsync(Cancel));
        (await hub.StartAsync(id, live)).End(code: 0);
        await hub.CallAsync("DeleteSandbox", new { id });
        var rest = await reader.ReadToEndAsync(Cancel);
        Assert.Contains("event: process_started\nid: 2\n", rest);
        Assert.Contains("event: deleted\n", rest);

        using var again = new HttpRequestMessage(HttpMethod.Get, $"/v1/sandboxes/{id}/events?since=0");
        again.Headers.Add("Last-Event-ID", "2");
        var lines = (await shared.Http.TextAsync(again)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, JsonDocument.Parse(lines[0]).RootElement.GetProperty("sequence").GetInt64());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_token_that_the_creator_chose_is_answered_again_and_no_other_one_is_taken()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, token) = (SandboxSteps.NewId(), new string('k', 32));
        HttpRequestMessage Create(object body) => new(HttpMethod.Post, "/v1/sandboxes")
        {
            Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        var (status, created) = await shared.Http.JsonAsync(Create(new { id, token }));
        Assert.Equal(HttpStatusCode.Created, status);
        var given = created.GetProperty("token").GetString()!;
        Assert.EndsWith("." + token, given, StringComparison.Ordinal);
        (status, created) = await shared.Http.JsonAsync(Create(new { id, token }));
        Assert.Equal((HttpStatusCode.OK, given), (status, created.GetProperty("token").GetString()));
        Assert.Equal(given, (await hub.CallAsync("CreateSandbox", new { id, token })).GetProperty("token").GetString());
        await hub.CallAsync("AttachSandbox", new { id, token = given });

        var other = new string('j', 32);
        await shared.Http.ProblemAsync(Create(new { id, token = other }), HttpStatusCode.Conflict, "conflict");
        await hub.FailAsync("conflict", "CreateSandbox", new { id, token = other });
        await shared.Http.ProblemAsync(Create(new { token = other }), HttpStatusCode.BadRequest, "invalid");
        await hub.FailAsync("invalid", "CreateSandbox", new { id, token = "short" });
        Assert.DoesNotContain(token, shared.Server.Log.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_stops_ends_what_is_followed_and_says_so()
    {
        await using var server = await GatewayServer.StartAsync();
        await using var hub = await HubClient.ConnectAsync(server);
        var (id, _) = await hub.CreateAsync(server);
        using var response = await server.Http.GetAsync($"/v1/sandboxes/{id}/events", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        await reader.ReadLineAsync(Cancel);
        var stopping = server.StopAsync();
        Assert.Contains("\"type\":\"failure\",\"code\":\"unavailable\"", await reader.ReadToEndAsync(Cancel));
        await stopping;
    }
}
