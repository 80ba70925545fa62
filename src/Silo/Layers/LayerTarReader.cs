using System.Buffers.Binary;

namespace Sandbox.Silo.Layers;

/// <summary>
/// Reads the tar of a layer: ustar with pax and GNU extensions. Strict, since layers come from guests: what it does not know it refuses.
/// </summary>
/// <remarks>
/// System.Formats.Tar is not used for reading because it takes up to 2 GB of memory when a header says so, replaces name bytes that are not
/// UTF-8 (so that two files become one), and keeps times to 100 ns.
/// </remarks>
internal sealed class LayerTarReader(Stream tar, LayerLimits limits)
{
    private const int Block = 512;
    private const int MaxExtension = 1 << 20;

    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly byte[] _header = new byte[Block];
    private int _start;
    private int _end;
    private long _consumed;
    private int _entries;
    private long _content;
    private long _padding;

    /// <summary>Whether devices in <c>dev/</c> are left out, instead of refused: images have some, and a sandbox has a <c>/dev</c> of its own above them.</summary>
    public bool WithoutDevices { get; init; }

    /// <summary>How many bytes of the tar were read: behind an entry's header, where its content begins.</summary>
    public long Position => _consumed - (_end - _start);

    /// <summary>The next entry, or null at the end, which must be well-formed.</summary>
    /// <exception cref="LayerException">The tar is damaged, holds what layers may not hold, or is larger than the limits.</exception>
    public LayerEntry? Next()
    {
        Skip(_content + _padding);
        _content = _padding = 0;
        var extension = new TarExtension();
        while (true)
        {
            Fill(_header);
            if (!_header.AsSpan().ContainsAnyExcept((byte)0))
            {
                ReadEnd(extension);
                return null;
            }

            CheckSum();
            var type = (char)_header[156];
            var size = Number(124, 12);
            if (type is not ('x' or 'g' or 'L' or 'K'))
            {
                if (Entry(type, extension, size) is { } entry) return entry;
                extension = new TarExtension();
                continue;
            }

            if (size > MaxExtension)
            {
                throw new LayerException($"The layer is refused: an extended header has {size} bytes, more than {MaxExtension}.");
            }

            var bytes = new byte[size];
            Fill(bytes);
            Skip(PaddingOf(size));
            extension.Add(type, bytes);
        }
    }

    /// <summary>Takes the next bytes of the current entry's content; empty at its end. Valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadContent()
    {
        if (_content == 0)
        {
            return [];
        }

        Require();
        var take = (int)Math.Min(_content, _end - _start);
        var bytes = _buffer.AsSpan(_start, take);
        _start += take;
        _content -= take;
        return bytes;
    }

    private static long PaddingOf(long size) => (Block - (size % Block)) % Block;

    /// <returns>Null for what is left out.</returns>
    private LayerEntry? Entry(char type, TarExtension extension, long size)
    {
        var name = extension.Name ?? HeaderName();
        size = extension.Size ?? size;
        if (++_entries > limits.MaxEntries)
        {
            throw new LayerException($"The layer is refused at entry '{LayerPath.Show(name)}': it has more than {limits.MaxEntries} entries.");
        }

        if (type is '3' or '4' && size == 0 && WithoutDevices && LayerPath.IsBelow(name, "dev/"u8)) return null;
        LayerEntryKind kind = type switch
        {
            '\0' or '0' or '7' => LayerEntryKind.File,
            '1' => LayerEntryKind.HardLink,
            '2' => LayerEntryKind.SymbolicLink,
            '5' => LayerEntryKind.Directory,
            _ => throw new LayerException($"The layer's entry '{LayerPath.Show(name)}' is refused: {Unwanted(type)}."),
        };
        if (size != 0 && kind != LayerEntryKind.File)
        {
            throw new LayerException($"The layer's entry '{LayerPath.Show(name)}' is refused: it has content and is no file.");
        }

        if (size > limits.MaxBytes - _consumed)
        {
            throw TooLarge($" at entry '{LayerPath.Show(name)}'");
        }

        _content = size;
        _padding = PaddingOf(size);
        return new LayerEntry
        {
            Kind = kind,
            Name = name,
            LinkName = extension.LinkName ?? Text(157, 100),
            Size = size,
            Mode = (uint)Number(100, 8) & 0xFFF,
            User = Identity(extension.User ?? Number(108, 8), name),
            Group = Identity(extension.Group ?? Number(116, 8), name),
            Time = extension.Time ?? (Number(136, 12), 0),
            ExtendedAttributes = extension.ExtendedAttributes,
        };
    }

    private static string Unwanted(char type) => type switch
    {
        '3' or '4' => "devices do not belong in layers",
        '6' => "named pipes do not belong in layers",
        'S' => "sparse files are not supported",
        _ => $"its type {(int)type} is unknown",
    };

    // -1 means "leave as it is" to chown.
    private static uint Identity(long value, byte[] name) => value is >= 0 and < uint.MaxValue
        ? (uint)value
        : throw new LayerException($"The layer's entry '{LayerPath.Show(name)}' is refused: its owner {value} is none.");

    private byte[] HeaderName()
    {
        var name = Text(0, 100);
        var prefix = _header.AsSpan(257, 6).SequenceEqual("ustar\0"u8) ? Text(345, 155) : [];
        return prefix.Length > 0 ? [.. prefix, (byte)'/', .. name] : name;
    }

    private byte[] Text(int offset, int length)
    {
        var field = _header.AsSpan(offset, length);
        var end = field.IndexOf((byte)0);
        return (end < 0 ? field : field[..end]).ToArray();
    }

    private long Number(int offset, int length)
    {
        var field = _header.AsSpan(offset, length);
        if (field[0] == 0x80)
        {
            // GNU's binary form, big-endian; only as much as fits a long.
            return length == 12 && BinaryPrimitives.ReadInt32BigEndian(field) == int.MinValue && field[4] < 0x80
                ? BinaryPrimitives.ReadInt64BigEndian(field[4..])
                : length == 8 ? BinaryPrimitives.ReadInt64BigEndian(field) & 0x7FFFFFFFFFFFFFFF : throw Damaged();
        }

        long value = 0;
        foreach (var c in field.Trim(" \0"u8))
        {
            value = c is >= (byte)'0' and <= (byte)'7' ? (value << 3) | (long)(c - '0') : throw Damaged();
        }

        return value;
    }

    private void CheckSum()
    {
        var sum = 8 * ' ';
        for (var i = 0; i < Block; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : _header[i];
        }

        if (Number(148, 8) != sum)
        {
            throw Damaged();
        }
    }

    private void ReadEnd(TarExtension extension)
    {
        Fill(_header);
        if (_header.AsSpan().ContainsAnyExcept((byte)0) || !extension.IsEmpty)
        {
            throw Damaged();
        }

        // Writers pad; anything else behind the end is something that one reader sees and another does not.
        while (Refill())
        {
            if (_buffer.AsSpan(_start, _end - _start).ContainsAnyExcept((byte)0))
            {
                throw Damaged();
            }

            _start = _end;
        }
    }

    private void Fill(Span<byte> target)
    {
        while (target.Length > 0)
        {
            Require();
            var take = Math.Min(target.Length, _end - _start);
            _buffer.AsSpan(_start, take).CopyTo(target);
            _start += take;
            target = target[take..];
        }
    }

    private void Skip(long bytes)
    {
        while (bytes > 0)
        {
            Require();
            var take = (int)Math.Min(bytes, _end - _start);
            _start += take;
            bytes -= take;
        }
    }

    private void Require()
    {
        if (!Refill())
        {
            throw new LayerException("The layer is damaged: its tar ends too early.");
        }
    }

    private bool Refill()
    {
        if (_start < _end)
        {
            return true;
        }

        _start = 0;
        _end = tar.Read(_buffer);
        _consumed += _end;
        return _consumed > limits.MaxBytes ? throw TooLarge("") : _end > 0;
    }

    private LayerException TooLarge(string where) => new($"The layer is refused{where}: its tar has more than {limits.MaxBytes} bytes.");

    private LayerException Damaged() => new($"The layer is damaged: a header of its tar is wrong, after {_entries} entries.");
}
