using System.Security.Cryptography;
using System.Text;

namespace Sandbox.Grains.Storage;

/// <summary>
/// The name of the blob that holds a grain's state. A grain whose key is <c>{owner}/{rest}</c> is stored as
/// <c>{owner}/grains/{grain type}/{state}/{rest}</c>, one whose key has no slash belongs to no owner and is stored as
/// <c>system/grains/{grain type}/{state}/{key}</c>. The key's rest comes last and alone, so that a listing of the prefix is in the order of the
/// ids: with anything behind it, "a-b" would come before "a".
/// </summary>
public static class GrainBlobName
{
    private const int MaxSegment = 120;

    /// <summary>The name for one state of one grain.</summary>
    /// <exception cref="ArgumentException">The key begins with a word that no owner may have.</exception>
    public static string Of(string grainType, string key, string stateName)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var owner = slash < 0 ? ReservedBlobWords.System : key[..slash];
        if (slash >= 0 && ReservedBlobWords.Contains(owner))
            throw new ArgumentException($"The grain key '{key}' begins with a word that no owner may have.", nameof(key));
        return BlobName.Check(Prefix(owner, grainType, stateName) + Encode(key[(slash + 1)..]));
    }

    /// <summary>What the names of one state of an owner's grains of a type begin with; the rest of the key follows.</summary>
    public static string Prefix(string owner, string grainType, string stateName) =>
        $"{Encode(owner)}/grains/{Encode(grainType)}/{Encode(stateName)}/";

    /// <summary>
    /// A text as one segment of a blob name, different texts as different segments: <c>=</c> and two hexadecimal digits for each byte that a
    /// blob name may not have, and for <c>=</c> itself; <c>=</c> alone for nothing; a hash at the end of what is too long.
    /// </summary>
    private static string Encode(string text)
    {
        var segment = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;

            // A dot at the beginning could make "." or "..".
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-' || (c == '.' && segment.Length > 0))
                segment.Append(c);
            else
                segment.Append('=').Append(b.ToString("x2"));
        }

        if (segment.Length > MaxSegment)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 16);
            return $"{segment.ToString(0, MaxSegment - 40)}=h{hash}";
        }

        return segment.Length == 0 ? "=" : segment.ToString();
    }
}
