using System.Text;
using Sandbox.Grains.Files;

namespace Sandbox.Gateway.Files;

/// <summary>An entry as clients see it. A path that is no UTF-8 also comes as its bytes.</summary>
internal sealed record FileEntryView(
    string Path, string Type, string Mode, uint Uid, uint Gid, long Size, DateTimeOffset Modified, string Tag, byte[]? PathBytes = null, string? Target = null)
{
    public static FileEntryView Of(FileEntry entry) => new(
        PathText.Of(entry.Path), FileNames.Of(entry.Type), $"0{Convert.ToString(entry.Mode, 8)}", entry.Uid, entry.Gid, entry.Size, entry.Modified, entry.Tag,
        PathText.BytesOf(entry.Path), entry.Target is null ? null : PathText.Of(entry.Target));
}

/// <summary>An answer with an entry.</summary>
internal sealed record FileAnswer(FileEntryView? Entry);

/// <summary>What became of a part: the end of what was taken, and the file once it is in its place, or how many entries were unpacked.</summary>
internal sealed record WrittenAnswer(long Offset, FileEntryView? Entry = null, long? Entries = null)
{
    public static WrittenAnswer Of(FileWritten written) =>
        new(written.Offset, written.Entry is { } entry ? FileEntryView.Of(entry) : null, written.Entries);
}

/// <summary>Bytes of a file, and what file it is.</summary>
internal sealed record FileBytesAnswer(FileEntryView Entry, long Offset, byte[] Data);

/// <summary>One item of a query.</summary>
internal sealed record FileItemView
{
    public required string Type { get; init; }

    public FileEntryView? Entry { get; init; }

    public string? Path { get; init; }

    public byte[]? PathBytes { get; init; }

    /// <summary>Of a match: the number of the line.</summary>
    public long? Line { get; init; }

    /// <summary>Of a match: the line.</summary>
    public string? Text { get; init; }

    /// <summary>Of what happened: whether it happened to a directory.</summary>
    public bool? Directory { get; init; }

    /// <summary>Of a move: the same in both halves.</summary>
    public uint? Move { get; init; }

    /// <summary>With the end: whether something was left out.</summary>
    public bool? Cut { get; init; }

    public static FileItemView Of(FileItem item) => item switch
    {
        FileFound found => new() { Type = "entry", Entry = FileEntryView.Of(found.Entry) },
        FileMatch match => new()
        {
            Type = "match",
            Path = PathText.Of(match.Path),
            PathBytes = PathText.BytesOf(match.Path),
            Line = match.Line,
            Text = Encoding.UTF8.GetString(match.Text),
        },
        FileHappened happened => new()
        {
            Type = FileNames.Of(happened.Happening),
            Path = PathText.Of(happened.Path),
            PathBytes = PathText.BytesOf(happened.Path),
            Directory = happened.IsDirectory,
            Move = happened.Move is 0 ? null : happened.Move,
        },
        FileEnd end => new() { Type = "end", Cut = end.Cut },
        _ => throw new ArgumentOutOfRangeException(nameof(item), item, "A file item without a form."),
    };
}
