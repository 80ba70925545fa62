namespace Sandbox.Grains.Sandboxes;

/// <summary>
/// The clock of sandboxes' timeouts, where it is not the machine's. It is a type of its own because the grains' engine lives by the
/// <see cref="TimeProvider"/> of the silo, and a silo whose clock leaps takes itself for dead.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class SandboxClock(TimeProvider time)
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time;
}
