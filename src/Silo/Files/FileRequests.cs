using System.Buffers.Binary;
using System.Text;
using Sandbox.Grains.Files;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Files;

/// <summary>What workers are asked for files: the requests of docs/guest-protocol.md. Pure.</summary>
internal static class FileRequests
{
    /// <summary>The longest path, in bytes.</summary>
    public const int MostPath = 4_095;

    /// <summary>Why a path cannot be one, or null.</summary>
    public static string? Refuse(byte[]? path) => path switch
    {
        null or [] => "A path is missing.",
        { Length: > MostPath } => $"A path has at most {MostPath} bytes.",
        [not (byte)'/', ..] => "A path must be absolute.",
        _ when path.AsSpan().Contains((byte)0) => "A path has no NUL.",
        _ => null,
    };

    /// <summary>The request of a query.</summary>
    public static WorkRequest Of(FileQuery query, uint uid) => query.Kind switch
    {
        FileQueryKind.Read => Make(WorkKind.Read, uid, new Bytes().U64((ulong)query.Offset).U64((ulong?)query.Length ?? ulong.MaxValue).Raw(query.Path)),
        FileQueryKind.List => Find(WorkKind.List, query, (uint)query.Depth, [], uid),
        FileQueryKind.Glob => Find(WorkKind.Glob, query, 0, query.Pattern, uid),
        FileQueryKind.Search => Find(WorkKind.Search, query, (query.Expression ? 1u : 0) | (query.AnyCase ? 2u : 0), query.Pattern, uid),
        FileQueryKind.Watch => Make(WorkKind.Watch, uid, new Bytes().U16(query.Recursive ? (ushort)1 : (ushort)0).Raw(query.Path)),
        _ => Make(WorkKind.Pack, uid, new Bytes().Raw(query.Path)),
    };

    /// <summary>The request of a part.</summary>
    public static WorkRequest Of(FileWrite write, uint uid)
    {
        if (write.Unpack) return Make(WorkKind.Unpack, uid, new Bytes().Raw(write.Path));
        var flags = (write.Parents ? 1 : 0) | (write.Finish ? 2 : 0) | (write.Upload is null ? 4 : 0) | (write.KeepExisting ? 8 : 0) | (write.Abandon ? 16 : 0);
        return Make(WorkKind.Write, uid, new Bytes()
            .U64((ulong?)write.Offset ?? (write.Upload is null ? ulong.MaxValue : 0)).U32((uint?)write.Mode ?? uint.MaxValue)
            .U32(write.Uid ?? uint.MaxValue).U32(write.Gid ?? uint.MaxValue)
            .U16((ushort)flags).Text16(Encoding.ASCII.GetBytes(write.Upload ?? "")).Raw(write.Path));
    }

    /// <summary>The request of a change.</summary>
    public static WorkRequest Of(FileChange change, uint uid)
    {
        var flags = (change.Parents ? 1 : 0) | (change.Recursive ? 2 : 0) | (change.MissingIsFine ? 4 : 0) | (change.KeepExisting ? 8 : 0);
        return Make(WorkKind.Change, uid, new Bytes()
            .U16((ushort)change.Kind).U16((ushort)flags).U32((uint?)change.Mode ?? uint.MaxValue).Text16(change.Path).Raw(change.To ?? []));
    }

    private static WorkRequest Find(WorkKind kind, FileQuery query, uint first, byte[] pattern, uint uid) =>
        Make(kind, uid, new Bytes().U32(first).U32((uint)query.Most).Text16(pattern).Raw(query.Path));

    private static WorkRequest Make(WorkKind kind, uint uid, Bytes bytes) => new(kind, bytes.ToArray()) { Uid = uid, Gid = uid };

    private sealed class Bytes
    {
        private readonly MemoryStream _bytes = new();

        public Bytes U16(ushort value)
        {
            Span<byte> bytes = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
            return Raw(bytes);
        }

        public Bytes U32(uint value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            return Raw(bytes);
        }

        public Bytes U64(ulong value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            return Raw(bytes);
        }

        public Bytes Text16(ReadOnlySpan<byte> text) => U16((ushort)text.Length).Raw(text);

        public Bytes Raw(ReadOnlySpan<byte> bytes)
        {
            _bytes.Write(bytes);
            return this;
        }

        public byte[] ToArray() => _bytes.ToArray();
    }
}
