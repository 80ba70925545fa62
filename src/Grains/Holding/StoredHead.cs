namespace Sandbox.Grains.Holding;

/// <summary>A head as it stands in the store.</summary>
/// <param name="Key">The sandbox.</param>
/// <param name="Head">The head. From a listing it lacks <see cref="SandboxHead.Write"/>.</param>
/// <param name="Generation">Which write made it.</param>
/// <param name="Written">When, by the store's clock.</param>
public sealed record StoredHead(SandboxKey Key, SandboxHead Head, string Generation, DateTimeOffset Written);
