using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>How a lease ended.</summary>
/// <param name="Kind">How.</param>
/// <param name="Head">The head that was found instead of one's own, if one was.</param>
internal sealed record LeaseEnd(LeaseEndKind Kind, SandboxHead? Head = null)
{
    /// <summary>The end in words.</summary>
    public override string ToString() => Kind switch
    {
        LeaseEndKind.Released => "It was let go.",
        LeaseEndKind.Taken => $"Another holder has it: {Head?.Holder?.ToString() ?? "nobody any more"}, epoch {Head?.Epoch}.",
        LeaseEndKind.Gone => "Its head is gone from the store.",
        LeaseEndKind.Expired => "It could not be renewed before it ended: the store did not answer, or this process stood still.",
        _ => "It was left without being let go.",
    };
}
