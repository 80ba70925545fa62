using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Sandboxes.Wire;

namespace Sandboxes.Hub;

/// <content>What is too large for the hub, by plain HTTP to the same server with the same rights.</content>
internal sealed partial class HubLink
{
    private const int LongestProblem = 1 << 20;
    private const int MostTries = 10;

    // Without a deadline: it may be a gigabyte. One for all requests keeps its connections.
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>
    /// Sends bytes that are taken once however often they come: again where the connection breaks, or the server cannot for a moment.
    /// </summary>
    /// <param name="method">How.</param>
    /// <param name="path">Where, with the query.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="sandboxToken">A sandbox's token, or null.</param>
    /// <param name="onRepeat">Called before they are sent again.</param>
    /// <param name="cancellationToken">Gives it up; it may have happened.</param>
    /// <exception cref="SandboxException">What the server answered, or what became of the connection.</exception>
    public async Task<T> SendPartAsync<T>(
        HttpMethod method, string path, ReadOnlyMemory<byte> data, string? sandboxToken, Action? onRepeat, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.CallTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var backoff = new Backoff();
        try
        {
            while (true)
            {
                try
                {
                    using var content = new ReadOnlyMemoryContent(data);
                    content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                    using var response = await SendHttpAsync(method, path, content, either.Token, sandboxToken);
                    return await AnswerAsync<T>(response, either.Token);
                }
                catch (UnavailableException) when (backoff.Attempts < MostTries)
                {
                    onRepeat?.Invoke();
                }

                // The hub waits until the server is there again, or gives up.
                await Task.Delay(backoff.Next(), Time, either.Token);
                await ConnectedAsync(0, either.Token);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            throw new CallTimeoutException($"A part of a file was not taken within {_options.CallTimeout.TotalSeconds} s.", e);
        }
    }

    /// <summary>Sends a request, and gives an answer that says that it was done (or has the status <paramref name="also"/>); its body is not yet read.</summary>
    /// <exception cref="SandboxException">What the server answered instead, or that it cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendHttpAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, string? sandboxToken = null,
        Action<HttpRequestHeaders>? headers = null, HttpStatusCode? also = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path)) { Content = content };
        var key = _options.AccessTokenProvider is { } provider ? await provider(cancellationToken) : _options.ApiKey;
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in _options.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal)) request.Headers.TryAddWithoutValidation(name, value);
        if (sandboxToken is not null) request.Headers.Add("Sandbox-Token", sandboxToken);
        headers?.Invoke(request.Headers);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new UnavailableException(ErrorCode.Unavailable, $"The server cannot be reached: {e.Message}", retryAfter: null, e);
        }

        if (response.IsSuccessStatusCode || response.StatusCode == also) return response;
        using (response) throw await ProblemAsync(response, cancellationToken);
    }

    private static async Task<T> AnswerAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(WireJson.Options, cancellationToken) ?? throw new JsonException("There is none.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException or JsonException)
        {
            throw new UnavailableException(ErrorCode.Unavailable, $"The server's answer broke off: {e.Message}", retryAfter: null, e);
        }
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
            // Something between said it.
            var message = $"The server answered {(int)response.StatusCode}.";
            return response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                ? new UnavailableException(ErrorCode.Unavailable, message)
                : new ServerException(message);
        }
    }

    private sealed record WireProblem(string? Code = null, string? Detail = null, long? Expected = null, string? SandboxStatus = null, string? File = null);
}
