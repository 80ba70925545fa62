using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Telemetry;

namespace Sandbox.Gateway.Problems;

/// <summary>A failed request, as RFC 9457 problem details with a stable <c>code</c>.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">One of <see cref="ProblemCode"/>.</param>
/// <param name="Title">What this kind of problem is, the same every time.</param>
/// <param name="Detail">What is the matter with this request and what to do.</param>
internal sealed record GatewayProblem(int Status, string Code, string Title, string Detail)
{
    /// <summary>The media type of problem details.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>When trying again is worth it.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The number under which the server's log has the cause.</summary>
    public string? Id { get; init; }

    /// <summary>For an offset that leaves a gap: the right one.</summary>
    public long? Expected { get; init; }

    /// <summary>The status of the sandbox, where that is the reason.</summary>
    public string? SandboxStatus { get; init; }

    /// <summary>Of an operation on files: what is the matter.</summary>
    public string? File { get; init; }

    public static GatewayProblem HostNotAllowed() => new(
        StatusCodes.Status403Forbidden, ProblemCode.HostNotAllowed, "This server does not answer to that name",
        "The Host header is not a name of this server. Use localhost, 127.0.0.1 or [::1], or add the name to the setting Gateway:AllowedHosts.");

    public static GatewayProblem OriginNotAllowed() => new(
        StatusCodes.Status403Forbidden, ProblemCode.OriginNotAllowed, "Pages of that origin may not call this server",
        "The Origin header is not this server's own. To let the page call it, add its origin to the setting Gateway:AllowedOrigins.");

    public static GatewayProblem CrossSite() => new(
        StatusCodes.Status403Forbidden, ProblemCode.CrossSite, "Another site's page may not call this server",
        "A page of another site made the browser send this request. Open the address by itself, or add the page's origin to the setting "
        + "Gateway:AllowedOrigins and fetch with CORS.");

    public static GatewayProblem Unauthorized(string? detail = null) => new(
        StatusCodes.Status401Unauthorized, ProblemCode.Unauthorized, "This needs a key",
        detail ?? "Send a key of this server: 'Authorization: Bearer KEY'.");

    public static GatewayProblem Internal(string id) => new(
        StatusCodes.Status500InternalServerError, ProblemCode.Internal, "The server failed",
        $"The server could not finish the request. Its log has the cause under the number {id}.")
    { Id = id };

    /// <summary>The problem of an answer that has a status but no body, such as those of routing.</summary>
    public static GatewayProblem OfStatus(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status404NotFound => new(
            status, ProblemCode.NotFound, "There is nothing here", "See GET / for what there is, and /openapi/v1.json for how to call it."),
        StatusCodes.Status405MethodNotAllowed => new(
            status, ProblemCode.MethodNotAllowed, "This method does not work here",
            $"{(request.Path == "/execute" ? "Send the script with POST." : "The Allow header lists the methods that do.")}"),
        StatusCodes.Status408RequestTimeout => new(
            status, ProblemCode.BodyTooSlow, "The body came too slowly", "The server gave up waiting for the rest of the body. Send it again."),
        StatusCodes.Status413PayloadTooLarge => new(
            status, ProblemCode.BodyTooLarge, "The body is too large", "The body is larger than this call takes."),
        StatusCodes.Status415UnsupportedMediaType => new(
            status, ProblemCode.UnsupportedMediaType, "This call does not take that media type", "See /openapi/v1.json for the types that it takes."),
        _ => new(status, ProblemCode.BadRequest, "The request cannot be served", "The request is not one that this server understands."),
    };

    /// <summary>Writes the answer. Nothing may have been written before.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        GatewayMetrics.Refused(Code, "http");
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = ((long)Math.Max(1, Math.Ceiling(wait.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
        }

        if (Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await using var writer = new Utf8JsonWriter(response.BodyWriter, JsonAnswers.Writing);
        writer.WriteStartObject();
        writer.WriteString("type", $"urn:sandbox:problem:{Code}");
        writer.WriteString("title", Title);
        writer.WriteNumber("status", Status);
        writer.WriteString("detail", Detail);
        writer.WriteString("code", Code);
        if (Id is not null)
        {
            writer.WriteString("id", Id);
        }

        if (Expected is { } expected)
        {
            writer.WriteNumber("expected", expected);
        }

        if (SandboxStatus is not null)
        {
            writer.WriteString("sandboxStatus", SandboxStatus);
        }

        if (File is not null)
        {
            writer.WriteString("file", File);
        }

        // Callers of the JSON form look for "error" and for nothing else.
        if (context.Request.HasJsonContentType())
        {
            writer.WriteString("error", Detail);
        }

        writer.WriteEndObject();
        await writer.FlushAsync(context.RequestAborted);
    }
}
