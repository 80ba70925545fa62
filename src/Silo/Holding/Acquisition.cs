using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>What came of asking for a sandbox.</summary>
internal abstract record Acquisition
{
    private Acquisition()
    {
    }

    /// <summary>This host holds it now, in a new epoch.</summary>
    /// <param name="Lease">The lease, which the caller lets go or abandons.</param>
    /// <param name="Before">The head as it was; null when there was none.</param>
    /// <param name="Clean">
    /// Whether the holder before let it go. If not, what it did since the head's checkpoint is lost, and a new timeline begins.
    /// </param>
    public sealed record Acquired(HeadLease Lease, SandboxHead? Before, bool Clean) : Acquisition;

    /// <summary>Another holder has it.</summary>
    /// <param name="Head">The head.</param>
    /// <param name="Wait">How long its lease runs at most if its holder says nothing more.</param>
    public sealed record Held(SandboxHead Head, TimeSpan Wait) : Acquisition;
}
