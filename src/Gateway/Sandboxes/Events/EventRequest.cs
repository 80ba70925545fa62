using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Sandboxes.Events;

/// <summary>Which events a reader wants.</summary>
/// <param name="Since">The number behind which to begin.</param>
/// <param name="Follow">Whether to wait for more.</param>
internal sealed record EventRequest(long Since, bool Follow)
{
    /// <exception cref="CallException">The request cannot be; the message names the member.</exception>
    public static EventRequest Read(Arguments request) =>
        new(request.Whole("since", 0, Arguments.MostNumber) ?? 0, request.Flag("follow", otherwise: true));
}
