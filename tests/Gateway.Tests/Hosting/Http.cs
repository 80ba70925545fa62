using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Sandbox.Gateway.Tests.Hosting;

/// <summary>Requests of <c>POST /execute</c>, and what must hold of every failure.</summary>
public static class Http
{
    public static HttpRequestMessage Script(string script, string query = "", string? accept = null) =>
        Script(Encoding.UTF8.GetBytes(script), query, accept);

    public static HttpRequestMessage Script(byte[] script, string query = "", string? accept = null, string? type = "text/plain")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/execute" + query) { Content = new ByteArrayContent(script) };
        if (type is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }

    public static HttpRequestMessage Json(string json, string query = "", string? accept = null) =>
        Script(Encoding.UTF8.GetBytes(json), query, accept, "application/json");

    public static HttpRequestMessage Call(string script, object? more = null)
    {
        var members = more is null ? [] : JsonSerializer.SerializeToElement(more).EnumerateObject().ToDictionary(m => m.Name, m => (object)m.Value);
        members["script"] = script;
        return Json(JsonSerializer.Serialize(members));
    }

    /// <summary>Sends, and expects problem details with this status and code.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpClient http, HttpRequestMessage request, HttpStatusCode status, string code)
    {
        using (request)
        using (var response = await http.SendAsync(request, TestContext.Current.CancellationToken))
        {
            return await response.ProblemAsync(status, code);
        }
    }

    /// <summary>Expects problem details with this status and code.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {text}");
        Assert.Equal(new MediaTypeHeaderValue("application/problem+json"), response.Content.Headers.ContentType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal($"urn:sandbox:problem:{code}", problem.GetProperty("type").GetString());
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("title").GetString()));
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("detail").GetString()));
        return problem;
    }

    /// <summary>Sends, and gives the status and the JSON body.</summary>
    public static async Task<(HttpStatusCode Status, JsonElement Body)> JsonAsync(this HttpClient http, HttpRequestMessage request)
    {
        using (request)
        using (var response = await http.SendAsync(request, TestContext.Current.CancellationToken))
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
            return (response.StatusCode, JsonDocument.Parse(text).RootElement);
        }
    }

    /// <summary>Sends and gives the body as text, of an answer that went well.</summary>
    public static async Task<string> TextAsync(this HttpClient http, HttpRequestMessage request)
    {
        using (request)
        using (var response = await http.SendAsync(request, TestContext.Current.CancellationToken))
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}: {text}");
            return text;
        }
    }

    /// <summary>Sends and gives the events of an application/x-ndjson answer.</summary>
    public static async Task<JsonElement[]> EventsAsync(this HttpClient http, HttpRequestMessage request)
    {
        var text = await http.TextAsync(request);
        Assert.EndsWith("\n", text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
