using Sandbox.Grains.Processes;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Why a process ended, from what the guest and the host know.</summary>
internal static class ProcessEnds
{
    /// <summary>The end of a process that exited.</summary>
    /// <param name="exit">What the agent said.</param>
    /// <param name="ran">How long it ran.</param>
    /// <param name="timedOut">Whether its time was over, and the host killed it.</param>
    /// <param name="outOfMemory">Whether the host's kernel has killed for want of memory.</param>
    public static ProcessEnd Of(ProcessExit exit, TimeSpan ran, bool timedOut, bool outOfMemory) => new()
    {
        Reason = exit.Code is not null ? ProcessEndReason.Exited
            : exit.OutOfMemory || outOfMemory ? ProcessEndReason.OutOfMemory
            : timedOut ? ProcessEndReason.Timeout
            : ProcessEndReason.Killed,
        Code = exit.Code,
        Signal = exit.Signal,
        Ran = ran,
        Cpu = exit.UserTime + exit.SystemTime,
    };
}
