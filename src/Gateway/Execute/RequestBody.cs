using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Execute;

/// <summary>Reads a whole body within a limit, and keeps no more of it than that.</summary>
internal static class RequestBody
{
    // Of a body that is refused the server takes so much more, within its 5 s for that, and throws it away: closing the connection on a client that is still
    // sending would take the answer away from it.
    private const int ThrownAway = 64 << 20;

    /// <param name="request">The request, its body not yet touched.</param>
    /// <param name="limit">The most bytes that the body may have.</param>
    /// <param name="tooLarge">The problem of a larger one.</param>
    public static async Task<byte[]> ReadAsync(HttpRequest request, int limit, GatewayProblem tooLarge)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            // The limit below is the one that counts; this one makes the server close the connection rather than read on.
            feature.MaxRequestBodySize = limit + (long)ThrownAway;
        }

        // A body that says that it is too large is not asked for, by "100 Continue".
        if (request.ContentLength > limit)
        {
            throw new ProblemException(tooLarge);
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await ReadAsync(request, tooLarge);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.Start);
                throw new ProblemException(tooLarge);
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            // Examined to the end, consumed nothing: the pipe keeps what is there and waits for more.
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(HttpRequest request, GatewayProblem tooLarge)
    {
        try
        {
            return await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ProblemException(tooLarge);
        }
    }
}
