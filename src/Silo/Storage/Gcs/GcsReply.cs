using System.Net;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>What came of a request: an answer, or a failure that may pass.</summary>
internal sealed record GcsReply : IDisposable
{
    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public HttpStatusCode Status { get; init; }

    /// <summary>The whole answer; empty for media, which is read from the response.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>The headers, and of media the stream; null when there was no answer.</summary>
    public HttpResponseMessage? Response { get; init; }

    /// <summary>The failure that may pass, or null when this is an answer to go by.</summary>
    public GcsException? Transient { get; init; }

    /// <summary>Whether the request, or an earlier attempt of it, may have been carried out without an answer.</summary>
    public bool Unsure { get; init; }

    /// <summary>How long the answer asks to wait, or null.</summary>
    public TimeSpan? RetryAfter => Response?.Headers.RetryAfter?.Delta;

    /// <inheritdoc/>
    public void Dispose() => Response?.Dispose();
}
