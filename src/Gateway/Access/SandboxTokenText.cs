using System.Diagnostics.CodeAnalysis;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Access;

/// <summary>
/// A sandbox's token as clients carry it: <c>{owner}.{secret}</c>. The secret is the grain's, which alone can tell whether it is right; the
/// owner is there because without a key nothing else says whose sandbox is meant.
/// </summary>
internal static class SandboxTokenText
{
    /// <summary>The longest that is looked at.</summary>
    public const int Most = 256;

    public static string Of(string owner, string secret) => $"{owner}.{secret}";

    /// <summary>Takes one apart; nothing is known then of its being right.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out string? owner, [NotNullWhen(true)] out string? secret)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        (owner, secret) = dot < 0 ? (null, null) : (text[..dot], text[(dot + 1)..]);
        return owner is not null && secret is { Length: > 0 } && Ids.IsOwner(owner);
    }
}
