namespace Sandbox.Silo.Limits;

/// <summary>A limit that this machine cannot enforce.</summary>
/// <param name="Limit">Which one.</param>
/// <param name="Reason">Why, and what would change it, for a person.</param>
internal sealed record UnenforcedLimit(HostLimit Limit, string Reason);
