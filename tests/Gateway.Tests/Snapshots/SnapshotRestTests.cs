using System.Net;
using System.Text;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Hub;
using Sandbox.Gateway.Tests.OpenApi;

namespace Sandbox.Gateway.Tests.Snapshots;

/// <summary>Snapshots by HTTP.</summary>
public sealed class SnapshotRestTests(SharedGateway shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Every_call_answers_as_the_document_says()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        var document = JsonDocument.Parse(await shared.Http.GetStringAsync("/openapi/v1.json", Cancel)).RootElement;
        async Task<JsonElement> Call(string method, string path, string described, HttpStatusCode expected, HttpContent? body = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/" + path) { Content = body };
            var (status, answer) = await shared.Http.JsonAsync(request);
            Assert.True(status == expected, $"{method} {path}: {status} {answer}");
            var schema = document.GetProperty("paths").GetProperty("/v1/" + described).GetProperty(method.ToLowerInvariant())
                .GetProperty("responses").GetProperty($"{(int)expected}").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            Assert.Null(new SchemaCheck(document).Check(schema, answer));
            return answer;
        }

        var taken = await Call("POST", $"sandboxes/{id}/snapshots", "sandboxes/{id}/snapshots", HttpStatusCode.Created, Json("""{"name":"rest","labels":{"a":"b"}}"""));
        Assert.Equal(("rest", "srv/changed", "srv/fifo"), (Name(taken), taken.GetProperty("changed")[0].GetString(), taken.GetProperty("leftOut")[0].GetString()));

        taken = await Call("POST", $"sandboxes/{id}/snapshots", "sandboxes/{id}/snapshots", HttpStatusCode.Created, Json("""{"name":"moment","consistent":true}"""));
        Assert.Equal(0, taken.GetProperty("changed").GetArrayLength());

        var archive = new byte[2_500_000];
        Random.Shared.NextBytes(archive);
        var imported = await Call("POST", "snapshots/imported/import?overwrite=true&label=x=y", "snapshots/{name}/import", HttpStatusCode.Created, new ByteArrayContent(archive));
        Assert.Equal((2_500_000, "y"), (imported.GetProperty("snapshot").GetProperty("bytes").GetInt32(), imported.GetProperty("snapshot").GetProperty("labels").GetProperty("x").GetString()));
        Assert.Equal(archive, await shared.Http.GetByteArrayAsync("/v1/snapshots/imported/export", Cancel));
        Assert.Equal("imported", Name(await Call("GET", "snapshots/imported", "snapshots/{name}", HttpStatusCode.OK)));
        var labels = await Call("POST", "snapshots/imported/labels", "snapshots/{name}/labels", HttpStatusCode.OK, Json("""{"labels":{"n":"m"}}"""));
        Assert.Equal("""{"n":"m"}""", labels.GetProperty("snapshot").GetProperty("labels").GetRawText());
        Assert.Contains(
            (await Call("GET", "snapshots?limit=1000", "snapshots", HttpStatusCode.OK)).GetProperty("snapshots").EnumerateArray(), one => one.GetProperty("name").GetString() == "imported");
        Assert.Equal("renamed", Name(await Call("POST", "snapshots/imported/rename", "snapshots/{name}/rename", HttpStatusCode.OK, Json("""{"to":"renamed"}"""))));
        await shared.Http.ProblemAsync(new(HttpMethod.Post, "/v1/snapshots/renamed/rename") { Content = Json("""{"to":"../other"}""") }, HttpStatusCode.BadRequest, "invalid");
        await Call("POST", "snapshots/renamed/rename", "snapshots/{name}/rename", HttpStatusCode.OK, Json("""{"to":"imported"}"""));
        await Call("DELETE", "snapshots/imported?cascade=true", "snapshots/{name}", HttpStatusCode.OK);
        await shared.Http.ProblemAsync(new(HttpMethod.Get, "/v1/snapshots/imported/export"), HttpStatusCode.NotFound, "not_found");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("Upper")]
    [InlineData("-a")]
    [InlineData("a.b")]
    [InlineData("..")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        var (id, _) = await hub.CreateAsync(shared.Server);
        await hub.FailAsync("invalid", "CreateSnapshot", new { id, name });
        await hub.FailAsync("invalid", "DescribeSnapshot", new { name });
        await hub.FailAsync("invalid", "RenameSnapshot", new { name = "name", to = name });
        await hub.FailAsync("invalid", "CreateSandbox", new { snapshot = name });
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_starts_from_a_template_or_a_snapshot_and_says_which()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server);
        await hub.FailAsync("invalid", "CreateSandbox", new { snapshot = "name", template = "base" });
        var created = await hub.CallAsync("CreateSandbox", new { snapshot = "name" });
        Assert.Equal("name", created.GetProperty("sandbox").GetProperty("snapshot").GetString());
        await hub.CallAsync("DeleteSandbox", new { id = created.GetProperty("sandbox").GetProperty("id").GetString() });
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private static string? Name(JsonElement answer) => answer.GetProperty("snapshot").GetProperty("name").GetString();
}
