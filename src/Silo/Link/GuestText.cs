using System.Text;

namespace Sandbox.Silo.Link;

/// <summary>Text that a guest wrote and a person may read, in a log or an error: shortened, and without control characters.</summary>
internal static class GuestText
{
    private const int MostBytes = 512;

    /// <summary>Reads it; what is not UTF-8 becomes U+FFFD, a control character a space.</summary>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Length > MostBytes ? bytes[..MostBytes] : bytes);
        return string.Create(text.Length, text, static (into, from) =>
        {
            for (var i = 0; i < into.Length; i++)
            {
                into[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        });
    }
}
