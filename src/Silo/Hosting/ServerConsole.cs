using Microsoft.Extensions.Logging.Console;

namespace Sandbox.Silo.Hosting;

/// <summary>What the server prints: its own lines of interest, and of the frameworks below it warnings alone.</summary>
internal static class ServerConsole
{
    /// <summary>Adds the console.</summary>
    /// <param name="logging">Where.</param>
    /// <param name="format">In which form.</param>
    /// <param name="level">From which level on the server's own lines are printed.</param>
    public static void AddServerConsole(this ILoggingBuilder logging, LogFormat format, LogLevel level) => logging
        .ClearProviders()
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter("Sandbox", level)
        // A start that fails is told in one sentence by who asked for it, or not at all when it was asked to stop.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)
        // It tells of its ring with each silo that comes or goes, and a gateway alone of silos that are still awaited.
        .AddFilter("Sandbox.Silo.Cluster.HostGrainService", LogLevel.Warning)
        .AddFilter("Orleans.Messaging.GatewayManager", LogLevel.Error)
        .AddFilter("Orleans.Runtime.Messaging.ConnectionManager", LogLevel.Error)
        // It wants the collector of servers, which would take the processors from the sandboxes.
        .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
        // It counts from the start of the machine until its first look, and warns of that.
        .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        })
        .AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        })
        // Behind those two, each of which names its own.
        .AddConsole(console => console.FormatterName = format is LogFormat.Json ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple);
}
