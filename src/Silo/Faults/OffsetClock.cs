namespace Sandbox.Silo.Faults;

/// <summary>A wall clock that is wrong by as much at all times; its timestamps and timers are the machine's.</summary>
internal sealed class OffsetClock(TimeSpan offset) : TimeProvider
{
    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;
}
