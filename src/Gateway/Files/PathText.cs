using System.Text;

namespace Sandbox.Gateway.Files;

/// <summary>Paths of a guest, which are bytes, as text: what is no UTF-8 is shown with U+FFFD, and its bytes go beside it.</summary>
internal static class PathText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text.</summary>
    public static string Of(byte[] path) => Encoding.UTF8.GetString(path);

    /// <summary>The bytes where the text does not say them, else null.</summary>
    public static byte[]? BytesOf(byte[] path)
    {
        try
        {
            _ = s_strict.GetCharCount(path);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return path;
        }
    }
}
