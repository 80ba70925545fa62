using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>
/// What stands before a blob's bytes in its file, so that one file is the whole blob: there is nothing beside it that could be newer or older.
/// </summary>
/// <remarks>
/// Little-endian: 4 bytes <c>SBB1</c>, u32 length of the header with its metadata, 16 bytes generation, i64 milliseconds since 1970, u32 number
/// of metadata entries, then each entry's u16 key length, u16 value length, key, value (UTF-8).
/// </remarks>
internal sealed class BlobFileHeader
{
    /// <summary>Where the 16 bytes of the generation stand.</summary>
    public const int GenerationOffset = 8;

    /// <summary>Where the time stands: it is written last, when all content is there.</summary>
    public const int TimeOffset = 24;

    /// <summary>What a header without metadata takes.</summary>
    public const int FixedLength = 36;

    private const uint Magic = 0x31424253;
    private const int MaxLength = 16384;

    private BlobFileHeader(byte[] bytes, IReadOnlyDictionary<string, string> metadata)
    {
        Bytes = bytes;
        Metadata = metadata;
    }

    /// <summary>The header as it stands in the file.</summary>
    public byte[] Bytes { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public string Generation => new Guid(Bytes.AsSpan(GenerationOffset, 16)).ToString("N");

    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(TimeOffset)));

    /// <summary>A header with a new generation and no time yet.</summary>
    /// <exception cref="ArgumentException">The metadata is too large.</exception>
    public static BlobFileHeader Create(IReadOnlyDictionary<string, string> metadata)
    {
        var total = BlobMetadata.Check(metadata).Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value));
        var bytes = new byte[FixedLength + total + (4 * metadata.Count)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length);
        Guid.NewGuid().TryWriteBytes(bytes.AsSpan(GenerationOffset));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), metadata.Count);
        var at = FixedLength;
        foreach (var (key, value) in metadata)
        {
            var keyLength = Encoding.UTF8.GetBytes(key, bytes.AsSpan(at + 4));
            var valueLength = Encoding.UTF8.GetBytes(value, bytes.AsSpan(at + 4 + keyLength));
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)keyLength);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 2), (ushort)valueLength);
            at += 4 + keyLength + valueLength;
        }

        return new BlobFileHeader(bytes, metadata);
    }

    /// <summary>Reads the header of an open blob file.</summary>
    /// <exception cref="InvalidDataException">The file is not a blob's.</exception>
    public static BlobFileHeader Read(SafeFileHandle file, string path)
    {
        Span<byte> first = stackalloc byte[1024];
        var got = Posix.ReadAt(file, first, 0);
        if (got < FixedLength || BinaryPrimitives.ReadUInt32LittleEndian(first) != Magic
            || BinaryPrimitives.ReadInt32LittleEndian(first[4..]) is not (>= FixedLength and <= MaxLength and var length))
        {
            throw Damaged(path);
        }

        var bytes = new byte[length];
        var have = Math.Min(got, length);
        first[..have].CopyTo(bytes);
        if (have < length && Posix.ReadAt(file, bytes.AsSpan(have), have) != length - have)
        {
            throw Damaged(path);
        }

        return Parse(bytes, path);
    }

    /// <summary>A header as it stands in a file.</summary>
    /// <param name="bytes">The header, and nothing else.</param>
    /// <param name="path">The file's name, for who has to be told that it is damaged.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static BlobFileHeader Parse(byte[] bytes, string path) => new(bytes, ReadMetadata(bytes, path));

    /// <summary>Sets the time in an open file whose content is complete.</summary>
    public void WriteTime(SafeFileHandle file, DateTimeOffset time)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(TimeOffset), time.ToUnixTimeMilliseconds());
        RandomAccess.Write(file, Bytes.AsSpan(TimeOffset, 8), TimeOffset);
    }

    /// <summary>The properties of the blob whose file this heads.</summary>
    public BlobProperties Describe(string name, long fileLength) => new(name, Generation, fileLength - Bytes.Length, Time, Metadata);

    private static Dictionary<string, string> ReadMetadata(byte[] bytes, string path)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(32));
        var at = FixedLength;
        for (var i = 0; i < count; i++)
        {
            if (at + 4 > bytes.Length)
            {
                throw Damaged(path);
            }

            var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
            var valueLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 2));
            at += 4;
            if (at + keyLength + valueLength > bytes.Length)
            {
                throw Damaged(path);
            }

            metadata[Encoding.UTF8.GetString(bytes, at, keyLength)] = Encoding.UTF8.GetString(bytes, at + keyLength, valueLength);
            at += keyLength + valueLength;
        }

        return metadata;
    }

    private static InvalidDataException Damaged(string path) =>
        new($"{path} is not a blob of this store, or is damaged. Restore it from a backup, or move it away.");
}
