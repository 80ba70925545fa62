using System.Net.Http.Headers;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>
/// Requests to the JSON API: each with a token and a deadline, and repeated while what failed may pass. It says of an answer whether an earlier
/// attempt may have been carried out; what that means for a write is for the caller to find out.
/// </summary>
internal sealed class GcsClient : IDisposable
{
    /// <summary>A page of 1,000 blobs with the most metadata, each character escaped, has less.</summary>
    private const int LongestAnswer = 32 << 20;
    private const int Connections = 64;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // 308 says how far an upload has come.
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = Connections,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly GcsAccess _access;
    private readonly GcsOptions _options;
    private readonly TimeProvider _time;

    public GcsClient(string bucket, GcsAccess access, GcsOptions options, TimeProvider time)
    {
        (Bucket, _access, _options, _time) = (bucket, access, options, time);
        var endpoint = options.Endpoint.TrimEnd('/');
        Objects = $"{endpoint}/storage/v1/b/{bucket}/o";
        Uploads = $"{endpoint}/upload/storage/v1/b/{bucket}/o";
    }

    public string Bucket { get; }

    /// <summary>Where objects are listed; each is below by its name.</summary>
    public string Objects { get; }

    /// <summary>Where objects are sent to.</summary>
    public string Uploads { get; }

    /// <summary>How long one attempt, or one read of media, may take.</summary>
    public TimeSpan AttemptTimeout => _options.AttemptTimeout;

    /// <summary>The patience for one piece of work.</summary>
    public GcsPatience Patience() => new(_options.RetryFor, _time);

    /// <summary>Asks until there is an answer to go by.</summary>
    /// <param name="request">Makes the request of each attempt.</param>
    /// <param name="media">Whether a good answer's body is left to be read from the response.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The answer, which is not transient; the caller disposes of it.</returns>
    /// <exception cref="GcsException">The patience is at its end, or there is no token.</exception>
    public async Task<GcsReply> SendAsync(Func<HttpRequestMessage> request, bool media, CancellationToken cancellationToken)
    {
        var patience = Patience();
        for (var unsure = false; ;)
        {
            var reply = await AttemptAsync(request(), media, cancellationToken);
            if (reply.Transient is null) return reply with { Unsure = unsure };
            unsure |= reply.Unsure;
            using (reply) await patience.WaitAsync(reply, cancellationToken);
        }
    }

    /// <summary>Asks once.</summary>
    /// <inheritdoc cref="SendAsync" path="/param"/>
    /// <returns>An answer, or what failed and may pass; the caller disposes of it.</returns>
    public async Task<GcsReply> AttemptAsync(HttpRequestMessage request, bool media, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.AttemptTimeout);
        HttpResponseMessage? response = null;
        try
        {
            using (request)
            {
                if (await _access.TokenAsync(limit.Token) is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            }

            if (media && response.IsSuccessStatusCode) return new GcsReply { Status = response.StatusCode, Response = response };
            await response.Content.LoadIntoBufferAsync(LongestAnswer, limit.Token);
            var reply = new GcsReply { Status = response.StatusCode, Body = await response.Content.ReadAsByteArrayAsync(limit.Token), Response = response };
            return GcsErrors.IsTransient(reply.Status, reply.Body)
                ? reply with { Transient = GcsErrors.Of(Bucket, reply.Status, reply.Body), Unsure = GcsErrors.IsUnsure(reply.Status) }
                : reply;
        }
        catch (Exception e) when (e is not GcsException && IsBroken(e) && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            var words = e is OperationCanceledException ? $"no answer within {_options.AttemptTimeout.TotalSeconds:0.#} s" : (e.InnerException ?? e).Message;
            return new GcsReply { Transient = new GcsException(GcsFailure.Unavailable, $"Cloud Storage cannot be reached: {words}", e), Unsure = !IsBeforeSending(e) };
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Whether an exception is that of a connection that broke or stood still.</summary>
    public static bool IsBroken(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException;

    private static bool IsBeforeSending(Exception exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
    };
}
