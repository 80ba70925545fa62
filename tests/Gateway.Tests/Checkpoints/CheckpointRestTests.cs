using System.Net;
using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Gateway.Tests.OpenApi;

namespace Sandbox.Gateway.Tests.Checkpoints;

/// <summary>Sleeping by HTTP.</summary>
public sealed class CheckpointRestTests(SharedGateway shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Every_call_answers_as_the_document_says_with_a_body_or_without_one()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, live) = await hub.CreateAsync(shared.Server);
        await hub.StartAsync(id, live);
        var document = JsonDocument.Parse(await shared.Http.GetStringAsync("/openapi/v1.json", Cancel)).RootElement;
        async Task<JsonElement> Call(string method, string path, HttpContent? body = null, string? described = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/v1/sandboxes/{id}/{path}") { Content = body };
            var (status, answer) = await shared.Http.JsonAsync(request);
            Assert.True(status is HttpStatusCode.OK, $"{method} {path}: {status} {answer}");
            var schema = document.GetProperty("paths").GetProperty($"/v1/sandboxes/{{id}}/{described ?? path}").GetProperty(method.ToLowerInvariant())
                .GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            Assert.Null(new SchemaCheck(document).Check(schema, answer));
            return answer;
        }

        // As curl -X POST does, and as curl -d '' does.
        var first = (await Call("POST", "checkpoints")).GetProperty("checkpoint");
        var second = (await Call("POST", "checkpoints", new StringContent("", Encoding.UTF8, "application/x-www-form-urlencoded"))).GetProperty("checkpoint");
        var third = (await Call("POST", "checkpoints", Json("""{"label":"ä"}"""))).GetProperty("checkpoint");
        Assert.Equal(("ä", Id(second)), (third.GetProperty("label").GetString(), third.GetProperty("parent").GetString()));
        Assert.Equal(3, (await Call("GET", "checkpoints")).GetProperty("checkpoints").GetArrayLength());
        Assert.Equal(2, (await Call("DELETE", $"checkpoints/{Id(second)}", described: "checkpoints/{checkpointId}")).GetProperty("checkpoints").GetArrayLength());
        Assert.Equal((await hub.CallAsync("ListCheckpoints", new { id })).GetRawText(), (await Call("GET", "checkpoints")).GetRawText());
        Assert.Equal("suspended", Status(await Call("POST", "suspend")));
        Assert.Equal("running", Status(await Call("POST", "restore")));
        Assert.Equal("running", Status(await Call("POST", "rewind", Json($$"""{"checkpointId":"{{Id(first)}}"}"""))));
        Assert.Single((await Call("POST", "fork")).GetProperty("sandboxes").EnumerateArray());
        var forks = (await Call("POST", "fork", Json("""{"count":2}"""))).GetProperty("sandboxes");
        Assert.Equal(2, forks.GetArrayLength());

        using var opened = new HttpRequestMessage(HttpMethod.Post, $"/v1/sandboxes/{Id(forks[0].GetProperty("sandbox"))}/suspend");
        opened.Headers.Add("Sandbox-Token", forks[0].GetProperty("token").GetString());
        Assert.Equal("suspended", Status((await shared.Http.JsonAsync(opened)).Body));
        using var closed = new HttpRequestMessage(HttpMethod.Post, $"/v1/sandboxes/{id}/suspend");
        closed.Headers.Add("Sandbox-Token", forks[0].GetProperty("token").GetString());
        await shared.Http.ProblemAsync(closed, HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact(Timeout = Deadline)]
    public async Task Failures_are_problems_with_the_hubs_codes()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        Task<JsonElement> Fail(HttpStatusCode status, string code, string method, string path, HttpContent? body = null) =>
            shared.Http.ProblemAsync(new(new HttpMethod(method), $"/v1/sandboxes/{id}/{path}") { Content = body }, status, code);
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "rewind");
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "rewind", Json("""{"checkpointId":7}"""));
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "rewind", Json("""{"checkpointId":"a-b"}"""));
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "fork", Json("""{"count":101}"""));
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "fork", Json("[]"));
        await Fail(HttpStatusCode.BadRequest, "invalid", "POST", "checkpoints", Json($$"""{"label":"{{new string('l', 129)}}"}"""));
        await Fail(HttpStatusCode.BadRequest, "invalid", "DELETE", "checkpoints/A-1");
        await Fail(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type", "POST", "fork", new StringContent("{}", Encoding.UTF8, "text/plain"));
        await Fail(HttpStatusCode.NotFound, "not_found", "POST", "rewind", Json("""{"checkpointId":"1"}"""));
        await hub.CallAsync("SuspendSandbox", new { id });
        var current = (await hub.CallAsync("ListCheckpoints", new { id })).GetProperty("current").GetString();
        var needed = await Fail(HttpStatusCode.Conflict, "conflict", "DELETE", $"checkpoints/{current}");
        Assert.Equal("suspended", needed.GetProperty("sandboxStatus").GetString());
        Assert.Equal("suspended", (await Fail(HttpStatusCode.Conflict, "conflict", "GET", "stats")).GetProperty("sandboxStatus").GetString());
        await hub.CallAsync("DeleteSandbox", new { id });
        foreach (var path in new[] { "checkpoints", "suspend", "restore", "rewind", "fork" })
        {
            await Fail(HttpStatusCode.Gone, "gone", "POST", path, path == "rewind" ? Json("""{"checkpointId":"1"}""") : null);
        }

        await Fail(HttpStatusCode.Gone, "gone", "GET", "checkpoints");
        await Fail(HttpStatusCode.Gone, "gone", "DELETE", "checkpoints/1");
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Id(JsonElement one) => one.GetProperty("id").GetString()!;

    private static string Status(JsonElement answer) => answer.GetProperty("sandbox").GetProperty("status").GetString()!;
}
