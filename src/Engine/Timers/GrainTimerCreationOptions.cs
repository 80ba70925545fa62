using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Orleans.Runtime;

/// <summary>How a grain timer ticks.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>A timer that waits for its turn like any call.</summary>
    /// <param name="dueTime">From now to the first tick; infinite for none.</param>
    /// <param name="period">From the end of one tick to the next; infinite for a single tick.</param>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>From now to the first tick; infinite for none.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>From the end of one tick to the next; infinite for a single tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Ticks may run between the turns of a call; the default is that they wait for their turn.</summary>
    public bool Interleave { get; init; }

    /// <summary>Ticks count as use, so that the activation does not become idle; the default is that they do not.</summary>
    public bool KeepAlive { get; init; }
}
