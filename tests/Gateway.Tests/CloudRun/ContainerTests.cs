using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.TestServer;

namespace Sandbox.Gateway.Tests.CloudRun;

/// <summary>The calls of Cloud Run Sandbox on containers, and the two that tell how the server is.</summary>
public sealed class ContainerTests(SharedGateway shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task The_server_answers_at_its_root_and_its_status_is_ok()
    {
        Assert.Equal(JsonValueKind.Object, (await shared.Server.Http.GetFromJsonAsync<JsonElement>("/", Cancel)).ValueKind);
        Assert.Equal("ok", (await shared.Server.Http.GetFromJsonAsync<JsonElement>("/status", Cancel)).GetProperty("status").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_container_is_listed_suspended_resumed_and_deleted()
    {
        var http = shared.Server.Http;
        await using var made = await CloudRunSocket.CreateAsync(shared.Server.Address);
        Assert.Equal("running", await ListedAsync(http, made.Id));
        Assert.Equal(("paused", "paused"), (await StatusAsync(http, HttpMethod.Post, $"/containers/{made.Id}/suspend"), await ListedAsync(http, made.Id)));
        Assert.Equal(("running", "running"), (await StatusAsync(http, HttpMethod.Post, $"/containers/{made.Id}/resume"), await ListedAsync(http, made.Id)));
        Assert.Equal("deleted", await StatusAsync(http, HttpMethod.Delete, $"/containers/{made.Id}"));
        Assert.Null(await ListedAsync(http, made.Id));
        await made.ExpectAsync("SANDBOX_DELETING", "SANDBOX_DELETED", "close 1000");
        foreach (var (method, path) in new[] { (HttpMethod.Post, "suspend"), (HttpMethod.Post, "resume"), (HttpMethod.Delete, "") })
            await http.ProblemAsync(new HttpRequestMessage(method, $"/containers/there-is-none/{path}".TrimEnd('/')), HttpStatusCode.NotFound, "not_found");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_get_changes_something_only_where_the_operator_has_switched_that_on()
    {
        foreach (var call in new[] { "suspend", "restore", "delete" })
        {
            using var answer = await shared.Server.Http.GetAsync($"/{call}/any", Cancel);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        await using var server = await GatewayServer.StartAsync(("Gateway:CloudRun:GetCalls", "true"));
        await using var made = await CloudRunSocket.CreateAsync(server.Address);
        Assert.Equal("paused", await StatusAsync(server.Http, HttpMethod.Get, $"/suspend/{made.Id}"));
        Assert.Equal("running", await StatusAsync(server.Http, HttpMethod.Get, $"/restore/{made.Id}"));
        Assert.Equal("deleted", await StatusAsync(server.Http, HttpMethod.Get, $"/delete/{made.Id}"));
    }

    private static async Task<string?> StatusAsync(HttpClient http, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("status").GetString();
    }

    private static async Task<string?> ListedAsync(HttpClient http, string id)
    {
        var all = await http.GetFromJsonAsync<JsonElement>("/list", Cancel);
        return all.EnumerateArray().Where(one => one.GetProperty("id").GetString() == id).Select(one => one.GetProperty("status").GetString()).SingleOrDefault();
    }
}
