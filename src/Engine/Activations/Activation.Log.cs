using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <content>What an activation logs.</content>
internal sealed partial class Activation
{
    [LoggerMessage(1, LogLevel.Debug, "Deactivating {Grain}: {Code}, {Description}")]
    private static partial void LogDeactivating(ILogger logger, GrainId grain, DeactivationReasonCode code, string description);

    [LoggerMessage(2, LogLevel.Error, "Activating {Grain} failed; its callers get the exception, the next call tries anew")]
    private static partial void LogActivationFailed(ILogger logger, Exception exception, GrainId grain);

    [LoggerMessage(3, LogLevel.Error, "Deactivating {Grain}: a step failed or took too long, and was left at that")]
    private static partial void LogDeactivationStepFailed(ILogger logger, Exception exception, GrainId grain);
}
