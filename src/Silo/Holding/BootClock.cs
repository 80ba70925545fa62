using System.Runtime.InteropServices;

namespace Sandbox.Silo.Holding;

/// <summary>
/// The system's time with timestamps that go on while the machine sleeps. Those of .NET stand still then, so a host that was asleep for an hour
/// would take its leases for held when it wakes.
/// </summary>
/// <param name="wall">Tells the time of day.</param>
internal sealed unsafe partial class BootClock(TimeProvider wall) : TimeProvider
{
    private const int BootTime = 7;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => wall.GetUtcNow();

    /// <inheritdoc/>
    public override long TimestampFrequency => 1_000_000_000;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        var now = stackalloc long[2];
        return GetTime(BootTime, now) == 0
            ? (now[0] * TimestampFrequency) + now[1]
            : throw new InvalidOperationException($"The boot clock cannot be read (error {Marshal.GetLastPInvokeError()}).");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, long* time);
}
