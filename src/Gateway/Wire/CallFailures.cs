using Microsoft.Extensions.Logging;

namespace Sandbox.Gateway.Wire;

/// <summary>What callers are told of exceptions. Of those that nobody foresaw they learn a number, and the log the rest.</summary>
internal sealed partial class CallFailures(ILogger<CallFailures> logger)
{
    /// <summary>The error of an exception.</summary>
    /// <param name="exception">What ended the call.</param>
    /// <param name="call">The call's name, for the log.</param>
    public CallError Explain(Exception exception, string call)
    {
        switch (exception)
        {
            case CallException known:
                return known.Error;
            case TimeoutException:
                LogSlow(call);
                return new CallError(CallCode.Timeout, "The call took too long. What it asked for may still happen.");
            case OrleansMessageRejectionException or SiloUnavailableException or OperationCanceledException:
                LogUnreachable(exception, call);
                return new CallError(CallCode.Unavailable, "The host of the sandbox cannot be reached now. Try again.") { RetryAfter = 1 };
            default:
                var id = Guid.NewGuid().ToString("n");
                LogFailed(exception, id, call);
                return new CallError(CallCode.Internal, $"The server could not finish the call. Its log has the cause under the number {id}.") { Id = id };
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The call {Call} failed, number {Id}")]
    private partial void LogFailed(Exception exception, string id, string call);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The call {Call} had no answer in time")]
    private partial void LogSlow(string call);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "The call {Call} reached no host")]
    private partial void LogUnreachable(Exception exception, string call);
}
