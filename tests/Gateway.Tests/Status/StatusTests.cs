using System.Net;
using System.Text.Json;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Hosting;

namespace Sandbox.Gateway.Tests.Status;

public sealed class StatusTests(SharedGateway shared)
{
    private const int Deadline = 60_000;
#if ORLEANS
    private const string Engine = "orleans";
#else
    private const string Engine = "embedded";
#endif

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Status_is_ok_when_it_can_execute_and_names_the_engine()
    {
        var (status, body) = await shared.Http.JsonAsync(new HttpRequestMessage(HttpMethod.Get, "/status"));
        Assert.Equal((HttpStatusCode.OK, "ok", Engine), (status, Text(body, "status"), Text(body, "engine")));
        Assert.Matches(@"^\d+\.\d+\.\d+", Text(body, "version"));
        Assert.False(body.TryGetProperty("reason", out _));
    }

    [Fact(Timeout = Deadline)]
    public async Task Status_is_503_with_the_reason_until_then()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Host.Readiness = new HostReadiness(Ready: false, "The base template is being built.");
        var (status, body) = await server.Http.JsonAsync(new HttpRequestMessage(HttpMethod.Get, "/status"));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "starting", "The base template is being built."),
            (status, Text(body, "status"), Text(body, "reason")));
        server.Host.Readiness = new HostReadiness(Ready: true, Reason: null);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/status", Cancel)).StatusCode);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_root_says_what_this_is_and_where_to_go_on()
    {
        var (status, body) = await shared.Http.JsonAsync(new HttpRequestMessage(HttpMethod.Get, "/"));
        Assert.Equal((HttpStatusCode.OK, "sandbox"), (status, Text(body, "service")));
        foreach (var link in body.GetProperty("links").EnumerateObject().Where(link => link.Name is not ("execute" or "hub")))
            Assert.Equal(HttpStatusCode.OK, (await shared.Http.GetAsync(link.Value.GetString(), Cancel)).StatusCode);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("/")]
    [InlineData("/status")]
    [InlineData("/readyz")]
    [InlineData("/healthz")]
    public async Task Head_is_answered_like_get_without_the_body(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("/")]
    [InlineData("/status")]
    [InlineData("/nothing")]
    public async Task Every_answer_forbids_sniffing_and_keeping(string path)
    {
        using var response = await shared.Http.GetAsync(path, Cancel);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.Empty(response.Headers.Server);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "not_found")]
    [InlineData("POST", "/execute/more", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/execute", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("DELETE", "/status", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("BREW", "/", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    public async Task What_routing_refuses_is_a_problem_too(string method, string path, HttpStatusCode status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await shared.Http.SendAsync(request, Cancel);
        await response.ProblemAsync(status, code);
        if (status == HttpStatusCode.MethodNotAllowed) Assert.NotEmpty(response.Content.Headers.Allow);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_unforeseen_failure_is_500_with_a_number_that_the_log_has()
    {
        var problem = await shared.Http.ProblemAsync(
            new HttpRequestMessage(HttpMethod.Get, "/fails"), HttpStatusCode.InternalServerError, "internal_error");
        Assert.DoesNotContain("secret", problem.GetRawText());
        Assert.DoesNotContain("InvalidOperationException", problem.GetRawText());
        Assert.Contains(Text(problem, "id")!, shared.Server.Log.Text);
        Assert.Contains("secret of the house", shared.Server.Log.Text);
    }

    private static string? Text(JsonElement body, string name) => body.GetProperty(name).GetString();
}
