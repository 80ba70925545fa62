namespace Sandbox.Silo.Link;

internal sealed partial class GuestLink
{
    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Debug, "The guest agent {AgentVersion} said hello")]
        public static partial void Hello(ILogger logger, string agentVersion);

        [LoggerMessage(EventId = 2002, Message = "The link is over ({Kind}): {Reason}")]
        public static partial void Ended(ILogger logger, LogLevel level, LinkEndKind kind, string reason);

        [LoggerMessage(2003, LogLevel.Error, "The link's transport failed")]
        public static partial void TransportFailed(ILogger logger, Exception exception);

        [LoggerMessage(2004, LogLevel.Warning, "The link's loops have not ended within {Limit}; closing the streams under them")]
        public static partial void LoopsHang(ILogger logger, TimeSpan limit);

        [LoggerMessage(2005, LogLevel.Debug, "Closing a stream of the link failed")]
        public static partial void CloseFailed(ILogger logger, Exception exception);
    }
}
