using System.Text.Json;
using Sandbox.Gateway.Execute.Main;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;

namespace Sandbox.Gateway.Tests.OpenApi;

/// <summary>Holds what the OpenAPI document says against what the server does.</summary>
public sealed class DocumentTests(SharedGateway shared)
{
    private const int Deadline = 60_000;
    private const string Problem = "application/problem+json";
    private const string Json = "application/json";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task It_is_openapi_3_1_and_names_every_call()
    {
        var document = await DocumentAsync();
        Assert.StartsWith("3.1.", document.GetProperty("openapi").GetString());
        Assert.Equal(
            [
                "DELETE /containers/{id}", "DELETE /v1/sandboxes/{id}", "DELETE /v1/sandboxes/{id}/checkpoints/{checkpointId}", "DELETE /v1/snapshots/{name}", "DELETE /v1/templates/{name}", "GET /", "GET /healthz", "GET /list", "GET /readyz", "GET /status", "GET /v1/sandboxes", "GET /v1/sandboxes/{id}", "GET /v1/sandboxes/{id}/checkpoints", "GET /v1/sandboxes/{id}/events",
                "GET /v1/sandboxes/{id}/files", "GET /v1/sandboxes/{id}/files/archive", "GET /v1/sandboxes/{id}/files/{query}",
                "GET /v1/sandboxes/{id}/processes", "GET /v1/sandboxes/{id}/processes/{pid}", "GET /v1/sandboxes/{id}/processes/{pid}/output",
                "GET /v1/sandboxes/{id}/stats", "GET /v1/snapshots", "GET /v1/snapshots/{name}", "GET /v1/snapshots/{name}/export", "GET /v1/templates", "GET /v1/templates/{name}", "HEAD /", "HEAD /healthz", "HEAD /readyz", "HEAD /status", "PATCH /v1/sandboxes/{id}/files", "POST /containers/{id}/resume", "POST /containers/{id}/suspend", "POST /execute", "POST /v1/sandboxes", "POST /v1/sandboxes/{id}/checkpoints",
                "POST /v1/sandboxes/{id}/files/{change}", "POST /v1/sandboxes/{id}/fork", "POST /v1/sandboxes/{id}/pause",
                "POST /v1/sandboxes/{id}/processes", "POST /v1/sandboxes/{id}/processes/{pid}/end-input",
                "POST /v1/sandboxes/{id}/processes/{pid}/input", "POST /v1/sandboxes/{id}/processes/{pid}/kill",
                "POST /v1/sandboxes/{id}/processes/{pid}/resize", "POST /v1/sandboxes/{id}/processes/{pid}/signal",
                "POST /v1/sandboxes/{id}/processes/{pid}/wait", "POST /v1/sandboxes/{id}/restore", "POST /v1/sandboxes/{id}/resume",
                "POST /v1/sandboxes/{id}/rewind", "POST /v1/sandboxes/{id}/snapshots", "POST /v1/sandboxes/{id}/suspend",
                "POST /v1/snapshots/{name}/import", "POST /v1/snapshots/{name}/labels", "POST /v1/snapshots/{name}/rename", "POST /v1/templates/{name}/build", "POST /v1/templates/{name}/files", "POST /v1/templates/{name}/import", "PUT /v1/sandboxes/{id}/files", "PUT /v1/sandboxes/{id}/files/archive",
            ],
            Operations(document).Select(operation => operation.Name).Where(name => !name.EndsWith("/fails", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// Every code and media type that the document gives for POST /execute is provoked, and each answer's body must fit the schema that the
    /// document gives for it. What is documented and not provoked here fails, and so does what is provoked and not documented.
    /// </summary>
    [Fact(Timeout = Deadline)]
    public async Task Every_documented_answer_of_execute_is_given_and_fits_its_schema()
    {
        var document = await DocumentAsync();
        var responses = document.GetProperty("paths").GetProperty("/execute").GetProperty("post").GetProperty("responses");
        var documented = responses.EnumerateObject()
            .SelectMany(response => response.Value.GetProperty("content").EnumerateObject().Select(content => $"{response.Name} {content.Name}"));
        var given = new List<string>();
        foreach (var (expected, request) in Requests())
        {
            var (status, type, body) = await request();
            Assert.Equal(expected, $"{status} {type}");
            var schema = responses.GetProperty(status).GetProperty("content").GetProperty(type).GetProperty("schema");
            foreach (var value in Values(type, body)) Assert.Null(new SchemaCheck(document).Check(schema, value));
            given.Add(expected);
        }

        Assert.Equal(documented.Order(StringComparer.Ordinal), given.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory(Timeout = Deadline)]
    [InlineData("/")]
    [InlineData("/status")]
    public async Task Every_documented_answer_of_the_other_calls_is_given_and_fits_its_schema(string path)
    {
        await using var server = await GatewayServer.StartAsync();
        var document = await DocumentAsync();
        var responses = document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("responses");
        var given = new List<string>();
        foreach (var (host, ready) in new[] { ("localhost", true), ("localhost", false), ("evil.example.com", true) })
        {
            server.Host.Readiness = new HostReadiness(ready, ready ? null : "Not yet.");
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            var (status, type, body) = await SendAsync(server.Http, request);
            Assert.Null(new SchemaCheck(document).Check(
                responses.GetProperty(status).GetProperty("content").GetProperty(type).GetProperty("schema"), JsonDocument.Parse(body).RootElement));
            given.Add(status);
        }

        Assert.Equal(responses.EnumerateObject().Select(response => response.Name).Order(StringComparer.Ordinal), given.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = Deadline)]
    public async Task Its_examples_fit_its_own_schemas()
    {
        var document = await DocumentAsync();
        var post = document.GetProperty("paths").GetProperty("/execute").GetProperty("post");
        var contents = post.GetProperty("responses").EnumerateObject().Select(response => response.Value).Append(post.GetProperty("requestBody"))
            .SelectMany(body => body.GetProperty("content").EnumerateObject());
        var examples = 0;
        foreach (var content in contents)
        {
            if (!content.Value.TryGetProperty("example", out var example)) continue;
            examples++;
            var values = content.Name == "application/x-ndjson" ? Values(content.Name, example.GetString()!) : [example];
            foreach (var value in values) Assert.Null(new SchemaCheck(document).Check(content.Value.GetProperty("schema"), value));
        }

        Assert.InRange(examples, 6, 100);
    }

    [Fact(Timeout = Deadline)]
    public async Task It_names_every_code_that_the_server_has()
    {
        var text = (await DocumentAsync()).GetProperty("paths").GetProperty("/execute").GetRawText();
        var codes = new[] { typeof(ProblemCode), typeof(MainErrors) }
            .SelectMany(type => type.GetFields()).Where(field => !field.Name.EndsWith("Message", StringComparison.Ordinal))
            .Select(field => (string)field.GetRawConstantValue()!);
        // Those of routing, which no documented call answers with.
        foreach (var code in codes.Except([ProblemCode.NotFound, ProblemCode.MethodNotAllowed, ProblemCode.BadRequest])) Assert.Contains($"`{code}`", text);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_limits_that_it_tells_are_those_that_are_set()
    {
        await using var server = await GatewayServer.StartAsync(("Gateway:MaxTimeoutSeconds", "77"), ("Gateway:Json:MaxTimeoutSeconds", "55"));
        var document = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi/v1.json", Cancel)).RootElement;
        var parameters = document.GetProperty("paths").GetProperty("/execute").GetProperty("post").GetProperty("parameters");
        var timeout = parameters.EnumerateArray().Single(parameter => parameter.GetProperty("name").GetString() == "timeout");
        Assert.Equal(77, timeout.GetProperty("schema").GetProperty("maximum").GetDouble());
        var body = document.GetProperty("components").GetProperty("schemas").GetProperty("ExecuteRequest").GetProperty("properties");
        Assert.Equal(55, body.GetProperty("timeout").GetProperty("maximum").GetDouble());
    }

    private IEnumerable<(string Expected, Func<Task<(string Status, string Type, string Body)>> Send)> Requests()
    {
        (string, Func<Task<(string, string, string)>>) Case(string expected, HttpRequestMessage request) => (expected, () => SendAsync(shared.Http, request));
        var ends = new ExecutionEvent[] { Events.Started, Events.Out([.. "a"u8, 0xff]), Events.Err("e"), Events.Ended(ExitReason.Killed, 9, "words") };
        yield return Case("200 text/plain", Http.Script(shared.Host.Play(ends)));
        yield return Case("200 application/x-ndjson", Http.Script(shared.Host.Play(ends), accept: "application/x-ndjson"));
        yield return Case("200 text/event-stream", Http.Script(shared.Host.Play(ends), accept: "text/event-stream"));
        yield return Case($"200 {Json}", Http.Call(shared.Host.Play(Events.Started, Events.Result("{\"ok\":true,\"result\":[1]}"), Events.Exit())));
        yield return Case($"200 {Json}", Http.Call(shared.Host.Play(Events.Started, Events.Exit(3)), new { language = "bash" }));
        yield return Case($"400 {Problem}", Http.Script(""));
        yield return Case($"400 {Json}", Http.Json("{}"));
        yield return Case($"400 {Json}", Http.Call(shared.Host.Play(ends)));
        yield return Case($"400 {Json}", Http.Call(shared.Host.Play(
            Events.Started, Events.Result("{\"ok\":false,\"kind\":\"no_main\",\"message\":\"m\",\"traceback\":\"t\"}"), Events.Exit(1))));
        yield return ($"401 {Problem}", UnknownCallerAsync);
        yield return Case($"403 {Problem}", WithOrigin(Http.Script("#"), "https://evil.example.com"));
        yield return Case($"406 {Problem}", Http.Script("#", accept: "image/png"));
        yield return ($"408 {Problem}", SlowBodyAsync);
        yield return Case($"413 {Problem}", Http.Script(new byte[2 << 20]));
        yield return Case($"413 {Json}", Http.Call(new string('#', 60_000)));
        yield return Case($"415 {Problem}", Http.Script("#"u8.ToArray(), type: "image/png"));
        yield return Case($"422 {Problem}", Http.Script("#", "?language=ruby"));
        yield return Case($"422 {Json}", Http.Call("#", new { language = "ruby" }));
        // A script that no test has written down makes the host fail.
        yield return Case($"500 {Problem}", Http.Script($"# {Guid.NewGuid():n}"));
        yield return Case($"503 {Problem}", Http.Call(shared.Host.Play(Events.Refused(RefusalReason.Overloaded, 1))));
    }

    private static HttpRequestMessage WithOrigin(HttpRequestMessage request, string origin)
    {
        request.Headers.Add("Origin", origin);
        return request;
    }

    private static async Task<(string Status, string Type, string Body)> SendAsync(HttpClient http, HttpRequestMessage request)
    {
        using (request)
        using (var response = await http.SendAsync(request, Cancel))
        {
            return ($"{(int)response.StatusCode}", response.Content.Headers.ContentType!.MediaType!, await response.Content.ReadAsStringAsync(Cancel));
        }
    }

    private static async Task<(string Status, string Type, string Body)> UnknownCallerAsync()
    {
        await using var server = await GatewayServer.StartAsync(
            ("Access:Keys:0:Name", "n"), ("Access:Keys:0:Owner", "o"), ("Access:Keys:0:Sha256", new string('0', 64)));
        return await SendAsync(server.Http, Http.Script("#"));
    }

    /// <summary>Announces a body and never sends it; the server gives up after its own few seconds.</summary>
    private async Task<(string Status, string Type, string Body)> SlowBodyAsync()
    {
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        await connection.SendAsync("POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
        var answer = await connection.ReadToEndAsync();
        var type = answer.Split('\n').Single(line => line.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase)).Split(':')[1].Trim();
        var body = answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..];
        return (answer.Split(' ')[1], type, body[body.IndexOf('{', StringComparison.Ordinal)..(body.LastIndexOf('}') + 1)]);
    }

    private static IEnumerable<JsonElement> Values(string type, string body) => type switch
    {
        Json or Problem => [JsonDocument.Parse(body).RootElement],
        "application/x-ndjson" => body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement),
        _ => [JsonSerializer.SerializeToElement(body)],
    };

    private static IEnumerable<(string Name, JsonElement Value)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value);

    private async Task<JsonElement> DocumentAsync() => JsonDocument.Parse(await shared.Http.GetStringAsync("/openapi/v1.json", Cancel)).RootElement;
}
