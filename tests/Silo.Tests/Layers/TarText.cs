using System.Text;

namespace Sandbox.Silo.Tests.Layers;

/// <summary>Writes tars byte by byte, also ones that no honest program would write. Names are Latin-1, so that every byte can be said.</summary>
internal sealed class TarText
{
    private readonly MemoryStream _bytes = new();

    public TarText File(string name, string content = "", int mode = 0x1A4) => Entry('0', name, content: content, mode: mode);

    public TarText Directory(string name, int mode = 0x1ED) => Entry('5', name, mode: mode);

    public TarText Link(string name, string target) => Entry('2', name, target);

    public TarText HardLink(string name, string target) => Entry('1', name, target);

    /// <summary>Records of a pax header for the next entry: "key=value".</summary>
    public TarText Pax(params string[] records) => Entry('x', "pax", content: string.Concat(records.Select(Record)));

    public TarText Entry(char type, string name, string target = "", string content = "", int mode = 0x1A4, long? size = null, string owner = "0000000")
    {
        var header = new byte[512];
        void Put(int at, string text) => Encoding.Latin1.GetBytes(text).CopyTo(header, at);
        Put(0, name);
        Put(100, Octal(mode, 7));
        Put(108, owner);
        Put(116, owner);
        Put(124, Octal(size ?? content.Length, 11));
        Put(136, Octal(1_000_000_000, 11));
        Put(148, "        ");
        header[156] = (byte)type;
        Put(157, target);
        Put(257, "ustar\0" + "00");
        Put(148, Octal(header.Sum(b => b), 6) + "\0 ");
        return Raw(header).Raw(Encoding.Latin1.GetBytes(content)).Raw(new byte[(512 - (content.Length % 512)) % 512]);
    }

    public TarText Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>The tar with its end marker.</summary>
    public byte[] ToArray() => [.. _bytes.ToArray(), .. new byte[1024]];

    /// <summary>The tar without its end marker.</summary>
    public byte[] Unended() => _bytes.ToArray();

    private static string Octal(long number, int digits) => Convert.ToString(number, 8).PadLeft(digits, '0');

    private static string Record(string record)
    {
        var length = record.Length + 3;
        while ($"{length} {record}\n".Length != length)
        {
            length++;
        }

        return $"{length} {record}\n";
    }
}
