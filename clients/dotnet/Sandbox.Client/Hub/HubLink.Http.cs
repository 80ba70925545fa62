using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Sandboxes.Wire;

namespace Sandboxes.Hub;

/// <content>What is too large for the hub, by plain HTTP to the same server with the same rights.</content>
internal sealed partial class HubLink
{
    private const int LongestProblem = 1 << 20;

    /// <summary>Sends a request, and gives an answer that says that it was done (or has the status <paramref name="also"/>); its body is not yet read.</summary>
    /// <exception cref="SandboxException">What the server answered instead, or that it cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendHttpAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, string? sandboxToken = null,
        Action<HttpRequestHeaders>? headers = null, HttpStatusCode? also = null)
    {
        // No deadline: it may be a gigabyte.
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(method, new Uri(_address, path)) { Content = content };
        var key = _options.AccessTokenProvider is { } provider ? await provider(cancellationToken) : _options.ApiKey;
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in _options.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal)) request.Headers.TryAddWithoutValidation(name, value);
        if (sandboxToken is not null) request.Headers.Add("Sandbox-Token", sandboxToken);
        headers?.Invoke(request.Headers);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new UnavailableException(ErrorCode.Unavailable, $"The server cannot be reached: {e.Message}", retryAfter: null, e);
        }

        if (response.IsSuccessStatusCode || response.StatusCode == also) return response;
        using (response) throw await ProblemAsync(response, cancellationToken);
    }

    private static async Task<SandboxException> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(LongestProblem, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            var problem = JsonSerializer.Deserialize<WireProblem>(text, WireJson.Options);
            return new WireError { Code = problem?.Code, Message = problem?.Detail, Expected = problem?.Expected, Status = problem?.SandboxStatus, File = problem?.File }.ToException(cause: null)
                ?? new ServerException($"The server answered {(int)response.StatusCode}.");
        }
        catch (JsonException)
        {
            return new ServerException($"The server answered {(int)response.StatusCode}.");
        }
    }

    private sealed record WireProblem(string? Code = null, string? Detail = null, long? Expected = null, string? SandboxStatus = null, string? File = null);
}
