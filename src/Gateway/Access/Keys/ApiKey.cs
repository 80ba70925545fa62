using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sandbox.Gateway.Access.Keys;

/// <summary>An API key's text: <c>sbx_</c>, so that scanners of leaked secrets know it, and 32 random bytes as base64url.</summary>
internal static class ApiKey
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "sbx_";

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is configured of it. One round is enough: nobody guesses 256 random bits.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
