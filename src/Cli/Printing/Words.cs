using System.Text.Json;

namespace Sandboxes.Cli.Printing;

/// <summary>Values of enumerations as docs/hub.md writes them.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>How a program ended.</summary>
    public static string Of(ProcessExit exit) => exit switch
    {
        { Reason: ExitReason.Exited } => $"exited with {exit.Code}",
        { Reason: ExitReason.Killed } => $"killed by signal {exit.Signal}",
        _ => Of(exit.Reason),
    };
}
