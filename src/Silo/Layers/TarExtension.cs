using System.Globalization;
using System.Text;

namespace Sandbox.Silo.Layers;

/// <summary>What extended headers (pax, GNU long names) say of the entry that follows them.</summary>
internal sealed class TarExtension
{
    private readonly Dictionary<string, byte[]> _attributes = new(StringComparer.Ordinal);

    public byte[]? Name { get; private set; }

    public byte[]? LinkName { get; private set; }

    public long? Size { get; private set; }

    public long? User { get; private set; }

    public long? Group { get; private set; }

    public (long Seconds, long Nanoseconds)? Time { get; private set; }

    public IReadOnlyDictionary<string, byte[]> ExtendedAttributes => _attributes;

    /// <summary>False once a header came that waits for its entry.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Takes in the content of an extended header.</summary>
    /// <exception cref="LayerException">It is not well-formed, or changes what later entries mean.</exception>
    public void Add(char type, byte[] content)
    {
        IsEmpty &= type == 'g';
        switch (type)
        {
            case 'L':
                Name = UntilNul(content);
                break;
            case 'K':
                LinkName = UntilNul(content);
                break;
            default:
                foreach (var (key, value) in Records(content))
                {
                    Add(key, value, isGlobal: type == 'g');
                }

                break;
        }
    }

    private static byte[] UntilNul(byte[] content) => content.AsSpan().IndexOf((byte)0) is >= 0 and var end ? content[..end] : content;

    private static IEnumerable<(string Key, byte[] Value)> Records(byte[] content)
    {
        for (var at = 0; at < content.Length;)
        {
            // "30 mtime=1234567890.123456789\n", where 30 counts the whole record.
            var space = Array.IndexOf(content, (byte)' ', at);
            var length = space - at is > 0 and < 8 && int.TryParse(content.AsSpan(at, space - at), NumberStyles.None, null, out var number) ? number : 0;
            var equals = space < 0 ? -1 : Array.IndexOf(content, (byte)'=', space);
            if (length <= 0 || at + length > content.Length || content[at + length - 1] != '\n' || equals < 0 || equals >= at + length)
            {
                throw Wrong();
            }

            yield return (Encoding.UTF8.GetString(content, space + 1, equals - space - 1), content[(equals + 1)..(at + length - 1)]);
            at += length;
        }
    }

    private static long Integer(byte[] value) =>
        long.TryParse(value, NumberStyles.None, null, out var number) ? number : throw Wrong();

    private static (long, long) Instant(byte[] value)
    {
        var text = Encoding.ASCII.GetString(value);
        var negative = text.StartsWith('-');
        var parts = text[(negative ? 1 : 0)..].Split('.');
        var fraction = parts.Length == 2 ? (parts[1] + "000000000")[..9] : "0";
        if (parts.Length > 2 || !long.TryParse(parts[0], NumberStyles.None, null, out var seconds)
            || !long.TryParse(fraction, NumberStyles.None, null, out var nanoseconds) || seconds > int.MaxValue * 4L)
        {
            throw Wrong();
        }

        return !negative ? (seconds, nanoseconds) : nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds);
    }

    private static LayerException Wrong() => new("The layer is damaged: an extended header is not well-formed.");

    private void Add(string key, byte[] value, bool isGlobal)
    {
        const string attribute = "SCHILY.xattr.";
        switch (key)
        {
            case "comment":
                break;
            case var _ when isGlobal || key.StartsWith("GNU.sparse.", StringComparison.Ordinal):
                throw new LayerException($"The layer is refused: its {(isGlobal ? "global " : "")}extended header sets '{LayerPath.Show(Encoding.UTF8.GetBytes(key))}'.");
            case "path":
                Name = value;
                break;
            case "linkpath":
                LinkName = value;
                break;
            case "size":
                Size = Integer(value);
                break;
            case "uid":
                User = Integer(value);
                break;
            case "gid":
                Group = Integer(value);
                break;
            case "mtime":
                Time = Instant(value);
                break;
            case var _ when key.StartsWith(attribute + "user.", StringComparison.Ordinal) && !key.Contains('\0', StringComparison.Ordinal):
                _attributes[key[attribute.Length..]] = value;
                break;
            default:
                // Access times, charsets, attributes that only a host would heed.
                break;
        }
    }
}
