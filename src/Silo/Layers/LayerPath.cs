using System.Text;

namespace Sandbox.Silo.Layers;

/// <summary>Names in layers: which are allowed, and what they are made of.</summary>
internal static class LayerPath
{
    private const int MaxLength = 4095;
    private const int MaxSegment = 255;

    // So that walking and removing a layer takes few descriptors; what people make is ten or twenty deep.
    private const int MaxDepth = 256;

    /// <summary>The segments of a name, each with the NUL that ends it for the system; none for the layer's root.</summary>
    /// <exception cref="LayerException">The name could lead out of the layer, or no file can have it.</exception>
    public static List<byte[]> Split(byte[] name)
    {
        if (name.Length is 0 or > MaxLength || name[0] == '/' || name.AsSpan().Contains((byte)0))
        {
            throw Refused(name, name switch
            {
                [] => "is empty",
                { Length: > MaxLength } => "is longer than 4,095 bytes",
                [(byte)'/', ..] => "is absolute",
                _ => "holds a NUL",
            });
        }

        var segments = new List<byte[]>();
        foreach (var range in name.AsSpan().Split((byte)'/'))
        {
            var segment = name.AsSpan(range);
            if (segment.SequenceEqual(".."u8))
            {
                throw Refused(name, "goes up by '..'");
            }

            if (segment.Length > MaxSegment)
            {
                throw Refused(name, "has a segment longer than 255 bytes");
            }

            if (segment.Length > 0 && !segment.SequenceEqual("."u8))
            {
                segments.Add([.. segment, 0]);
            }
        }

        return segments.Count <= MaxDepth ? segments : throw Refused(name, "is more than 256 directories deep");
    }

    /// <summary>Whether a name as it is written lies below a directory of the layer's root, which is named with a slash at its end.</summary>
    public static bool IsBelow(ReadOnlySpan<byte> name, ReadOnlySpan<byte> directory) =>
        (name.StartsWith("./"u8) ? name[2..] : name).StartsWith(directory);

    /// <summary>A name for a message.</summary>
    public static string Show(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        foreach (var c in Encoding.UTF8.GetString(name[..Math.Min(name.Length, 800)]))
        {
            text.Append(char.IsControl(c) ? '?' : c);
        }

        return text.Length > 200 ? text.ToString(0, 200) + "..." : text.ToString();
    }

    private static LayerException Refused(byte[] name, string why) => new($"The layer's entry '{Show(name)}' is refused: its name {why}.");
}
