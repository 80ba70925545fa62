using System.Security.Cryptography;

namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// Ids of checkpoints: <c>c</c> and 26 characters of <c>[0-9a-z]</c>, 10 for the millisecond and 16 at random, so that their ordinal order is that
/// of time, and a listing begins with the oldest.
/// </summary>
internal static class CheckpointId
{
    public const int Length = 27;
    private const int TimeDigits = 10;
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A new id, behind its parent whatever the clock says: hosts' clocks disagree, and a parent is older than its child.</summary>
    public static string New(DateTimeOffset now, string? parent = null)
    {
        var time = Math.Max(now.ToUnixTimeMilliseconds(), parent is null ? 0 : TimeOf(parent) + 1);
        Span<byte> random = stackalloc byte[Length - TimeDigits - 1];
        RandomNumberGenerator.Fill(random);
        var id = new char[Length];
        id[0] = 'c';
        for (var i = TimeDigits; i > 0; i--, time >>= 5) id[i] = Digits[(int)(time & 31)];
        for (var i = 0; i < random.Length; i++) id[TimeDigits + 1 + i] = Digits[random[i] & 31];
        return new string(id);
    }

    /// <summary>Whether a text is an id.</summary>
    public static bool IsValid(string text) => text.Length == Length && text[0] == 'c' && text.AsSpan(1).IndexOfAnyExcept(Digits) < 0;

    /// <summary>Returns the id when it is one.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static string Check(string id) => IsValid(id) ? id : throw new ArgumentException($"'{id}' is no checkpoint's id.", nameof(id));

    private static long TimeOf(string id) =>
        Check(id).Skip(1).Take(TimeDigits).Aggregate(0L, (time, digit) => (time << 5) + Digits.IndexOf(digit, StringComparison.Ordinal));
}
