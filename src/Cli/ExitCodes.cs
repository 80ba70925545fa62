namespace Sandboxes.Cli;

/// <summary>What the commands exit with. exec and shell exit with the program's own code where there is one.</summary>
internal static class ExitCodes
{
    public const int Failed = 1;

    public const int Usage = 2;

    /// <summary>A program was ended at its time limit, as with timeout(1).</summary>
    public const int TimedOut = 124;

    /// <summary>exec or shell failed, and not the program that they were to run.</summary>
    public const int NotTheProgram = 125;

    /// <summary>Ended by a signal; its number is added.</summary>
    public const int Signal = 128;

    public static int Of(ProcessExit exit) => exit.Reason switch
    {
        ExitReason.Exited => exit.Code ?? 0,
        ExitReason.Timeout => TimedOut,
        ExitReason.OutOfMemory => Signal + 9,
        ExitReason.SandboxEnded => NotTheProgram,
        _ => Signal + (exit.Signal ?? 9),
    };
}
