using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Files;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Files;

/// <summary>What a worker's stream says, in the words of a query's answer, without the end.</summary>
internal static class FileItems
{
    /// <summary>Reads a worker's stream to its end.</summary>
    public static async IAsyncEnumerable<FileItem> ReadAsync(FileQuery query, GuestWork work, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = new WorkReader(work.ReadAsync(cancellationToken), cancellationToken);
        if (query.Kind is FileQueryKind.Read)
        {
            if (await reader.ReadAsync(EntryRecord.Size) is not { } record) yield break;
            yield return new FileFound { Entry = EntryRecord.Read(record, query.Path) };
        }

        var offset = query.Kind is FileQueryKind.Read ? query.Offset : 0;
        while (query.Kind is FileQueryKind.Read or FileQueryKind.Pack)
        {
            var data = await reader.ReadAnyAsync();
            if (data.IsEmpty) yield break;
            yield return new FileData { Offset = offset, Data = data.ToArray() };
            offset += data.Length;
        }

        var (head, first, second) = query.Kind switch
        {
            FileQueryKind.Search => (8, 4, 6),
            FileQueryKind.Watch => (8, 2, (int?)null),
            _ => (EntryRecord.Size + 4, EntryRecord.Size, EntryRecord.Size + 2),
        };
        while (await reader.ReadRecordAsync(head, first, second) is { } record) yield return Item(query, record.Head, record.First, record.Second);
    }

    /// <summary>A path below another.</summary>
    public static byte[] Join(byte[] above, byte[] path) => path.Length == 0 ? above : [.. above, .. above is [.., (byte)'/'] ? [] : "/"u8, .. path];

    private static FileItem Item(FileQuery query, byte[] head, byte[] first, byte[] second) => query.Kind switch
    {
        FileQueryKind.Search => new FileMatch { Path = Join(query.Path, first), Line = BinaryPrimitives.ReadUInt32LittleEndian(head), Text = second },
        FileQueryKind.Watch => new FileHappened
        {
            Happening = head[0] <= (byte)FileHappening.Gone ? (FileHappening)head[0] : FileHappening.Overflow,
            IsDirectory = head[1] != 0,
            Path = Join(query.Path, first),
            Move = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)),
        },
        _ => new FileFound { Entry = EntryRecord.Read(head, Join(query.Path, first), second.Length > 0 ? second : null) },
    };
}
