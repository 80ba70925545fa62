using System.Security.Cryptography;

namespace Sandboxes.Wire;

/// <summary>Ids chosen here, so that a call whose answer was lost can be repeated under the same one.</summary>
internal static class RandomId
{
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    public static string New() => RandomNumberGenerator.GetString(Alphabet, 16);

    /// <summary>The secret of a sandbox's token, 256 bits.</summary>
    public static string NewSecret() => RandomNumberGenerator.GetHexString(64, lowercase: true);
}
