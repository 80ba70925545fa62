using System.Buffers.Binary;
using System.Text;

namespace Sandbox.Silo.Link;

/// <summary>
/// Parts the output of a WALK into the tar and what it tells of: bytes come as they come, in pieces of any length. What it tells comes from a guest: its
/// length, type and number are bounded.
/// </summary>
internal sealed class WalkRecords
{
    /// <summary>How many paths of each sort are kept; the rest is only counted.</summary>
    public const int MostPaths = 1_000;

    private const int Header = 5;
    private const int LongestPath = 8_192;
    private const int LongestTar = 1 << 20;

    private readonly List<byte> _pending = [];
    private byte _type;
    private int _left;

    /// <summary>Files that changed under the walk, and may be half old and half new.</summary>
    public List<string> Changed { get; } = [];

    /// <summary>What a layer cannot hold.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>How many there were of both, also beyond those that are kept.</summary>
    public long Told { get; private set; }

    /// <summary>Whether all that came was whole.</summary>
    public bool IsWhole => _left == 0 && _pending.Count == 0;

    /// <summary>Takes the next bytes.</summary>
    /// <returns>The pieces of the tar in them, in their order.</returns>
    /// <exception cref="InvalidDataException">They break the form.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Take(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left == 0)
            {
                var missing = Math.Min(Header - _pending.Count, bytes.Length);
                _pending.AddRange(bytes.Span[..missing]);
                bytes = bytes[missing..];
                if (_pending.Count == Header) Begin();
                continue;
            }

            var piece = bytes[..Math.Min(_left, bytes.Length)];
            bytes = bytes[piece.Length..];
            _left -= piece.Length;
            if (_type == 1)
            {
                yield return piece;
                continue;
            }

            _pending.AddRange(piece.Span);
            if (_left == 0) Tell();
        }
    }

    private void Begin()
    {
        Span<byte> header = [.. _pending];
        _pending.Clear();
        _type = header[0];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[1..]);
        if (_type is not (1 or 2 or 3) || length == 0 || length > (_type == 1 ? LongestTar : LongestPath))
            throw new InvalidDataException($"The sandbox's agent sent a record of type {_type} with {length} bytes.");
        _left = (int)length;
    }

    private void Tell()
    {
        var paths = _type == 2 ? Changed : LeftOut;
        if (paths.Count < MostPaths) paths.Add(Encoding.UTF8.GetString([.. _pending]));
        Told++;
        _pending.Clear();
    }
}
