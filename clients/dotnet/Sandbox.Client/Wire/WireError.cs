using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.SignalR;

namespace Sandboxes.Wire;

/// <summary>The JSON object in a hub's exception.</summary>
internal sealed record WireError
{
    public string? Code { get; init; }

    public string? Message { get; init; }

    public long? Expected { get; init; }

    public string? Status { get; init; }

    public string? Reason { get; init; }

    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? RetryAfter { get; init; }

    public string? Id { get; init; }

    public string? File { get; init; }

    /// <summary>What a hub's exception says. One without our object in it is a fault of the server.</summary>
    public static SandboxException Translate(HubException exception)
    {
        var start = exception.Message.IndexOf('{', StringComparison.Ordinal);
        if (start < 0) return new ServerException(exception.Message, cause: exception);
        try
        {
            return JsonSerializer.Deserialize<WireError>(exception.Message[start..], WireJson.Options)?.ToException(exception)
                ?? new ServerException(exception.Message, cause: exception);
        }
        catch (JsonException)
        {
            return new ServerException(exception.Message, cause: exception);
        }
    }

    /// <summary>As an exception; null where it has no code.</summary>
    public SandboxException? ToException(Exception? cause)
    {
        if (Code is null) return null;
        var message = Message ?? Code;
        SandboxException exception = Code switch
        {
            ErrorCode.Invalid => new InvalidRequestException(message, cause),
            ErrorCode.Unauthorized or ErrorCode.Forbidden => new PermissionException(Code, message, cause),
            ErrorCode.NotFound => new NotFoundException(message, cause),
            ErrorCode.Conflict => new ConflictException(message, Expected, Status, cause),
            ErrorCode.Unknown => new UnknownOutcomeException(message, cause),
            ErrorCode.Gone => new SandboxGoneException(message, Status, Reason, cause),
            ErrorCode.Limit => new LimitException(message, cause),
            ErrorCode.Overloaded or ErrorCode.Unavailable => new UnavailableException(Code, message, RetryAfter, cause),
            ErrorCode.Timeout => new CallTimeoutException(message, cause),
            ErrorCode.Internal => new ServerException(message, Id, cause),
            _ => new SandboxException(Code, message, cause),
        };
        exception.File = File;
        return exception;
    }
}
