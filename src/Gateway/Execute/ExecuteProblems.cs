using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute;

/// <summary>What can be wrong with an execution's request.</summary>
internal static class ExecuteProblems
{
    public static GatewayProblem EmptyScript() => new(
        StatusCodes.Status400BadRequest, ProblemCode.EmptyScript, "There is no script",
        "The script is empty. Send it as the body, for example: curl --data-binary @main.py -H 'Content-Type: text/plain' .../execute");

    public static GatewayProblem ScriptTooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, ProblemCode.ScriptTooLarge, "The script is too large",
        $"The script is larger than {limit} bytes, the most that this server takes.");

    public static GatewayProblem BodyTooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, ProblemCode.BodyTooLarge, "The body is too large",
        $"The body is larger than {limit} bytes, the most that this call takes.");

    public static GatewayProblem InvalidUtf8(string what) => new(
        StatusCodes.Status400BadRequest, ProblemCode.InvalidUtf8, "The text is not valid UTF-8",
        $"{what} is not valid UTF-8. Save and send it as UTF-8.");

    public static GatewayProblem NulBytes(string what) => new(
        StatusCodes.Status400BadRequest, ProblemCode.NulBytes, "The text holds NUL bytes",
        $"{what} holds a NUL byte, which no script, argument or variable can hold. Is it a binary file, or UTF-16?");

    public static GatewayProblem UnknownLanguage() => new(
        StatusCodes.Status422UnprocessableEntity, ProblemCode.UnknownLanguage, "There is no such language",
        $"The language is none of those that this server runs: {LanguageNames.All}.");

    public static GatewayProblem InvalidTimeout(double maximum) => new(
        StatusCodes.Status400BadRequest, ProblemCode.InvalidTimeout, "The timeout cannot be used",
        $"The timeout must be one number of seconds, such as 2.5, from 0.001 to {maximum}.");

    public static GatewayProblem RepeatedQuery(string name) => new(
        StatusCodes.Status400BadRequest, ProblemCode.InvalidRequest, "The query is ambiguous", $"The query names '{name}' more than once.");

    public static GatewayProblem NotAcceptable(string types) => new(
        StatusCodes.Status406NotAcceptable, ProblemCode.NotAcceptable, "None of the accepted media types can be had",
        $"The Accept header allows none of what this call answers with: {types}.");

    public static GatewayProblem UnsupportedMediaType(string detail) => new(
        StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnsupportedMediaType, "This call does not take that media type", detail);

    public static GatewayProblem Stopping() => new(
        StatusCodes.Status503ServiceUnavailable, ProblemCode.Stopping, "The server is going down",
        "The server went down before the script had ended. Send it again.")
    { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>The answer to an execution that no host took.</summary>
    public static GatewayProblem Refused(ExecutionRefused refused) => refused.Reason switch
    {
        RefusalReason.Overloaded => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCode.Overloaded, "Every sandbox is busy", refused.Message)
        { RetryAfter = refused.RetryAfter ?? TimeSpan.FromSeconds(1) },
        RefusalReason.Stopping => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCode.Stopping, "The server is going down", refused.Message)
        { RetryAfter = refused.RetryAfter },
        RefusalReason.Invalid => new(
            StatusCodes.Status422UnprocessableEntity, ProblemCode.InvalidRequest, "The request cannot be carried out", refused.Message),
        _ => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCode.Unavailable, "This server cannot run anything now", refused.Message)
        { RetryAfter = refused.RetryAfter },
    };
}
