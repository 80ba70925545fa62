using System.Text.Json;
using Sandbox.Gateway.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Wire;

/// <summary>Why a call failed, as its caller is told: the hub's form is this object as JSON.</summary>
/// <param name="Code">One of <see cref="CallCode"/>.</param>
/// <param name="Message">For a person: what is the matter and what to do.</param>
internal sealed record CallError(string Code, string Message)
{
    /// <summary>The sandbox's status, where that is the reason.</summary>
    public string? Status { get; init; }

    /// <summary>Why the sandbox is gone.</summary>
    public string? Reason { get; init; }

    /// <summary>For an offset that leaves a gap: the right one.</summary>
    public long? Expected { get; init; }

    /// <summary>Of an operation on files: what is the matter, a word of docs/http.md.</summary>
    public string? File { get; init; }

    /// <summary>Seconds until it is worth trying again.</summary>
    public double? RetryAfter { get; init; }

    /// <summary>The number under which the server's log has the cause.</summary>
    public string? Id { get; init; }

    public static CallError Invalid(string message) => new(CallCode.Invalid, message);

    public static CallError Unauthorized(string message) => new(CallCode.Unauthorized, message);

    public static CallError Forbidden(string message) => new(CallCode.Forbidden, message);

    public static CallError Of(SandboxError error) => new(CodeOf(error.Code), error.Message)
    {
        Status = error.Status is { } status ? WireNames.Of(status) : null,
        Reason = error.Code is SandboxErrorCode.Gone ? error.Message : null,
        Expected = error.Expected,
        RetryAfter = error.RetryAfter?.TotalSeconds,
        File = error.File is { } kind ? FileNames.Of(kind) : null,
    };

    public string ToJson() => JsonSerializer.Serialize(this, WireJson.Options);

    private static string CodeOf(SandboxErrorCode code) => code switch
    {
        SandboxErrorCode.Invalid => CallCode.Invalid,
        SandboxErrorCode.NotFound => CallCode.NotFound,
        SandboxErrorCode.Conflict => CallCode.Conflict,
        SandboxErrorCode.Unknown => CallCode.Unknown,
        SandboxErrorCode.Gone => CallCode.Gone,
        SandboxErrorCode.Limit => CallCode.Limit,
        SandboxErrorCode.Overloaded => CallCode.Overloaded,
        SandboxErrorCode.Unauthorized => CallCode.Unauthorized,
        SandboxErrorCode.Forbidden => CallCode.Forbidden,
        _ => CallCode.Unavailable,
    };
}
