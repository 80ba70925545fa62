using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// A sandbox's secret: 32 random bytes as base64url, or what the creator chose, at least as long a text; kept as SHA-256 only.
/// </summary>
internal static class SandboxToken
{
    /// <summary>A new one.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is kept of it. One round is enough: nobody guesses 256 random bits, and who chooses a token is told to draw it.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether a token is the one of a hash, in a time that says nothing about it.</summary>
    public static bool Matches(string token, byte[] hash) => CryptographicOperations.FixedTimeEquals(Hash(token), hash);
}
