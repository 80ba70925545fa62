using System.Net;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Access;

/// <summary>What a web page can make a browser send, and what comes of it.</summary>
public sealed class AccessTests(SharedGateway shared)
{
    private const int Deadline = 30_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = Deadline)]
    [InlineData("GET", "/")]
    [InlineData("GET", "/status")]
    [InlineData("POST", "/execute")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/nothing")]
    [InlineData("OPTIONS", "/execute")]
    public async Task A_rebound_name_reaches_nothing(string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Host = "evil.example.com";
        var problem = await shared.Http.ProblemAsync(request, HttpStatusCode.Forbidden, "host_not_allowed");
        Assert.Contains("Gateway:AllowedHosts", problem.GetProperty("detail").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_page_of_another_origin_runs_nothing()
    {
        // What a form or a "simple" fetch can send without asking first.
        var script = shared.Host.Play(Events.Started, Events.Exit());
        var request = Http.Script(script);
        request.Headers.Add("Origin", "https://evil.example.com");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        var problem = await shared.Http.ProblemAsync(request, HttpStatusCode.Forbidden, "origin_not_allowed");
        Assert.Contains("Gateway:AllowedOrigins", problem.GetProperty("detail").GetString());
        Assert.False(shared.Host.HasRun(script));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_page_of_another_origin_is_told_nothing_by_its_preflight()
    {
        using var request = Preflight("https://evil.example.com");
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_page_on_the_list_gets_its_preflight_answered_and_its_request_served()
    {
        using (var request = Preflight(SharedGateway.AllowedOrigin))
        using (var response = await shared.Http.SendAsync(request, Cancel))
        {
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
            Assert.Equal(SharedGateway.AllowedOrigin, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.All(["POST", "PUT", "PATCH", "DELETE"], method => Assert.Contains(method, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Methods"))));
            Assert.All(["Content-Type", "If-Match", "Range"], header => Assert.Contains(header, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Headers"))));
            Assert.Equal("true", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Private-Network")));
            Assert.Contains("Origin", response.Headers.Vary);
        }

        var script = shared.Host.Play(Events.Started, Events.Out("x"), Events.Exit());
        using var execute = Http.Script(script);
        execute.Headers.Add("Origin", SharedGateway.AllowedOrigin);
        execute.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var answer = await shared.Http.SendAsync(execute, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(SharedGateway.AllowedOrigin, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_page_on_the_list_can_read_its_errors()
    {
        using var request = Http.Script("");
        request.Headers.Add("Origin", SharedGateway.AllowedOrigin);
        using var response = await shared.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(SharedGateway.AllowedOrigin, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_link_or_an_image_on_another_site_reaches_nothing()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/status");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        await shared.Http.ProblemAsync(request, HttpStatusCode.Forbidden, "cross_site");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_name_on_the_list_is_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/status");
        request.Headers.Host = SharedGateway.AllowedHost;
        Assert.Contains("\"ok\"", await shared.Http.TextAsync(request));
    }

    [Fact(Timeout = Deadline)]
    public async Task Headers_cannot_talk_the_check_out_of_it()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/status");
        request.Headers.Host = "evil.example.com";
        request.Headers.Add("X-Forwarded-Host", "localhost");
        request.Headers.Add("Forwarded", "host=localhost");
        await shared.Http.ProblemAsync(request, HttpStatusCode.Forbidden, "host_not_allowed");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("GET http://evil.example.com/status HTTP/1.1\r\nHost: evil.example.com\r\n\r\n", "403")]
    [InlineData("GET http://evil.example.com/status HTTP/1.1\r\nHost: localhost\r\n\r\n", "40")]
    [InlineData("GET /status HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.com\r\n\r\n", "400")]
    [InlineData("GET /status HTTP/1.0\r\n\r\n", "403")]
    public async Task Odd_ways_of_naming_a_host_are_refused(string request, string status)
    {
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        await connection.SendAsync(request);
        Assert.StartsWith($"HTTP/1.1 {status}", await connection.ReadUntilAsync("\r\n"));
    }

    private static HttpRequestMessage Preflight(string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, "/execute");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "content-type");
        request.Headers.Add("Access-Control-Request-Private-Network", "true");
        return request;
    }
}
