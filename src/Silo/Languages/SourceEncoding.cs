using System.Text;
using System.Text.RegularExpressions;

namespace Sandbox.Silo.Languages;

/// <summary>What a Python source file says of its own encoding (PEP 263).</summary>
internal static partial class SourceEncoding
{
    /// <summary>
    /// True when one of the first two lines names an encoding other than UTF-8. CPython then seeks back in the file, which a FIFO cannot.
    /// </summary>
    public static bool IsDeclaredOtherThanUtf8(ReadOnlySpan<byte> code)
    {
        for (var line = 0; line < 2; line++)
        {
            var end = code.IndexOfAny((byte)'\n', (byte)'\r');
            var text = Encoding.Latin1.GetString(end < 0 ? code : code[..end]);
            if (Declaration().Match(text) is { Success: true } match)
                return match.Groups["name"].Value.Replace('_', '-').ToLowerInvariant() is not ("utf-8" or "utf8");
            if (end < 0) return false;
            var lineEnd = code[end..].StartsWith("\r\n"u8) ? 2 : 1;
            code = code[(end + lineEnd)..];
        }

        return false;
    }

    [GeneratedRegex(@"^[ \t\f]*#.*?coding[:=][ \t]*(?<name>[-\w.]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();
}
