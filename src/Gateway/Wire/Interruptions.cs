namespace Sandbox.Gateway.Wire;

/// <summary>
/// What breaks one reading off that goes on at its cursor: its grain's activation ended, or the host that it was on cannot be reached any more. The latter is
/// put up with for about a minute without an item in between.
/// </summary>
internal sealed class Interruptions
{
    private const int Most = 60;
    private int _unreachable;

    /// <summary>An item came.</summary>
    public void Over() => _unreachable = 0;

    /// <summary>Whether the reading goes on after a failure.</summary>
    public bool PutUpWith(Exception failure) => failure is EnumerationAbortedException
        // Cancelled is also what finds no place in time, while silos come and go.
        || (failure is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException or OperationCanceledException && ++_unreachable <= Most);
}
