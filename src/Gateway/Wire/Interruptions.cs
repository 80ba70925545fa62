using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Wire;

/// <summary>
/// What breaks one reading off that goes on at its cursor: its grain's activation ended, or the host that it was on cannot be reached any more. The latter is
/// put up with for about a minute without an item in between.
/// </summary>
internal sealed class Interruptions
{
    private const int Most = 60;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private TimeSpan _pause = FirstPause;
    private int _unreachable;

    /// <summary>An item came.</summary>
    public void Over() => (_unreachable, _pause) = (0, FirstPause);

    /// <summary>Whether the reading goes on after a failure.</summary>
    public bool PutUpWith(Exception failure) => failure is EnumerationAbortedException
        // Cancelled is also what finds no place in time, while silos come and go.
        || (failure is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException or OperationCanceledException && ++_unreachable <= Most);

    /// <summary>Whether a reading that has begun goes on where its sandbox cannot be had now: until the lease of a host that is gone has run out, say.</summary>
    public bool PutUpWith(SandboxError error) => error.Code is SandboxErrorCode.Moved || (error.Code is SandboxErrorCode.Unavailable && ++_unreachable <= Most);

    /// <summary>Waits before the reading goes on: each time longer, up to a second.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_pause, cancellationToken);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
