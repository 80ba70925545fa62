using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <content>What the engine logs.</content>
internal sealed partial class Engine
{
    public void LogAbandoned(int count, GrainId first) => LogAbandoned(Logger, count, first);

    public void LogOneWayFailed(Exception exception) => LogOneWayFailed(Logger, exception);

    public void LogTimerFailed(Exception exception, GrainId grain) => LogTimerFailed(Logger, exception, grain);

    public void LogEnumerationStuck(GrainId grain, TimeSpan time) => LogEnumerationStuck(Logger, grain, time);

    public void LogEnumerationFailed(Exception exception, GrainId grain) => LogEnumerationFailed(Logger, exception, grain);

    public void LogObserverFailed(Exception exception, StreamId stream) => LogObserverFailed(Logger, exception, stream);

    [LoggerMessage(10, LogLevel.Warning, "{Count} activations did not end in time and were abandoned, such as {First}")]
    private static partial void LogAbandoned(ILogger logger, int count, GrainId first);

    [LoggerMessage(11, LogLevel.Warning, "A one-way call failed")]
    private static partial void LogOneWayFailed(ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Warning, "A timer of {Grain} threw; it goes on")]
    private static partial void LogTimerFailed(ILogger logger, Exception exception, GrainId grain);

    [LoggerMessage(13, LogLevel.Warning, "An iterator of {Grain} did not stop within {Time} of its cancellation and was left behind")]
    private static partial void LogEnumerationStuck(ILogger logger, GrainId grain, TimeSpan time);

    [LoggerMessage(15, LogLevel.Warning, "What {Grain} registered on a cancellation token threw")]
    private static partial void LogCallbackFailed(ILogger logger, Exception exception, GrainId grain);

    [LoggerMessage(14, LogLevel.Warning, "Ending an enumeration of {Grain} failed")]
    private static partial void LogEnumerationFailed(ILogger logger, Exception exception, GrainId grain);

    [LoggerMessage(16, LogLevel.Warning, "An observer of the stream {Stream} threw; the next item comes all the same")]
    private static partial void LogObserverFailed(ILogger logger, Exception exception, StreamId stream);
}
