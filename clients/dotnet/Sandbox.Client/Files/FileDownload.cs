using System.Net;
using System.Net.Http.Headers;
using Sandboxes.Hub;

namespace Sandboxes.Files;

/// <summary>An answer that has a file's bytes from an offset on, in one state of it.</summary>
internal sealed class FileDownload : IDisposable
{
    private const int PieceBytes = 64 << 10;
    private readonly HttpResponseMessage _response;
    private readonly Stream _bytes;

    private FileDownload(HttpResponseMessage response, Stream bytes) => (_response, _bytes) = (response, bytes);

    /// <summary>The tag of that state.</summary>
    public string? Tag => _response.Headers.ETag?.Tag.Trim('"');

    /// <summary>How long the file is.</summary>
    public long Size => _response.Content.Headers.ContentRange?.Length ?? _response.Content.Headers.ContentLength ?? long.MaxValue;

    /// <summary>Asks for the bytes.</summary>
    /// <returns>The answer, or null when the file has none from there on.</returns>
    /// <exception cref="SandboxException">What the server answered instead; <see cref="UnavailableException"/> when it did not.</exception>
    public static async Task<FileDownload?> OpenAsync(
        HubLink link, string path, string? token, long offset, long? end, string? tag, CancellationToken cancellationToken)
    {
        var response = await link.SendHttpAsync(
            HttpMethod.Get, path, content: null, cancellationToken, token,
            headers =>
            {
                if (offset > 0 || end is not null) headers.Range = new RangeHeaderValue(offset, end - 1);
                if (tag is not null) headers.IfMatch.Add(new EntityTagHeaderValue($"\"{tag}\""));
            },
            also: HttpStatusCode.RequestedRangeNotSatisfiable);
        if (response.IsSuccessStatusCode) return new FileDownload(response, await response.Content.ReadAsStreamAsync(cancellationToken));
        response.Dispose();
        return null;
    }

    /// <summary>The next bytes; none at the end, and where the answer broke off.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        var piece = new byte[PieceBytes];
        try
        {
            return piece.AsMemory(0, await _bytes.ReadAsync(piece, cancellationToken));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return default;
        }
    }

    public void Dispose() => _response.Dispose();
}
