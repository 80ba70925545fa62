using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>Somebody wants a sandbox that another host holds.</summary>
/// <param name="Key">The sandbox.</param>
/// <param name="By">Who wants it.</param>
/// <param name="Epoch">The epoch that is to end; a request for an earlier one has been answered.</param>
/// <param name="Generation">Which request this is.</param>
internal sealed record HandoffRequest(SandboxKey Key, HolderId By, long Epoch, string Generation);
