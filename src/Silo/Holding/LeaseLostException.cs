using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>
/// This host does not hold the sandbox any more, so what was asked was not done. End what runs of it here before anything else.
/// </summary>
internal sealed class LeaseLostException(SandboxKey key, long epoch, LeaseEnd end)
    : Exception($"This host does not hold {key} in epoch {epoch} any more. {end}")
{
    public LeaseEnd End { get; } = end;
}
