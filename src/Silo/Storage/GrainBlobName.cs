using System.Security.Cryptography;
using System.Text;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Where a grain's state is kept: <c>{owner}/grains/{grain type}/{id}/{state name}</c> for a grain whose key is <c>{owner}/{id}</c>, and
/// below <c>system</c> for one whose key names no owner.
/// </summary>
internal static class GrainBlobName
{
    private const int MaxSegment = 120;

    public static string Of(GrainId grain, string stateName)
    {
        var type = Encode(grain.Type.ToString()!);
        var key = grain.Key.ToString()!;
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var owner = slash < 0 ? ReservedBlobWords.System : Encode(key[..slash]);
        if (slash >= 0 && ReservedBlobWords.Contains(owner))
        {
            throw new ArgumentException($"The grain key '{key}' begins with a word that no owner may have.", nameof(grain));
        }

        return BlobName.Check($"{owner}/grains/{type}/{Encode(key[(slash + 1)..])}/{Encode(stateName)}");
    }

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
            {
                segment.Append(c);
            }
            else
            {
                segment.Append('=').Append(b.ToString("x2"));
            }
        }

        if (segment.Length > MaxSegment)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 16);
            return $"{segment.ToString(0, MaxSegment - 40)}=h{hash}";
        }

        return segment.Length == 0 ? "=" : segment.ToString();
    }
}
