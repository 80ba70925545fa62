using System.Runtime.InteropServices;

namespace Sandbox.Silo.Runsc;

/// <summary>Sending signals: .NET itself can only kill.</summary>
internal static partial class PosixSignals
{
    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    /// <summary>Sends a signal; true where the process existed and may be signalled. The caller makes sure that the id is still that process's.</summary>
    public static bool Send(int process, int signal)
    {
        // 0 and negative ids mean groups and "everyone", never one process.
        ArgumentOutOfRangeException.ThrowIfLessThan(process, 2);
        return SendCore(process, signal) == 0;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendCore(int process, int signal);
}
