using Sandbox.Grains.Files;

namespace Sandbox.Gateway.Files;

/// <summary>The names on the wire of what concerns files.</summary>
internal static class FileNames
{
    public static string Of(FileErrorKind kind) => kind switch
    {
        FileErrorKind.NoSuchFile => "no_such_file",
        FileErrorKind.PermissionDenied => "permission_denied",
        FileErrorKind.Exists => "exists",
        FileErrorKind.NotADirectory => "not_a_directory",
        FileErrorKind.IsADirectory => "is_a_directory",
        FileErrorKind.NotEmpty => "not_empty",
        FileErrorKind.NoSpace => "no_space",
        FileErrorKind.NameTooLong => "name_too_long",
        FileErrorKind.IsALink => "is_a_link",
        FileErrorKind.NotRegular => "not_regular",
        FileErrorKind.OtherOffset => "other_offset",
        FileErrorKind.NoSuchUpload => "no_such_upload",
        FileErrorKind.Changed => "changed",
        FileErrorKind.TooMany => "too_many",
        FileErrorKind.BadArchive => "bad_archive",
        FileErrorKind.Interrupted => "interrupted",
        FileErrorKind.BadRequest => "bad_request",
        _ => "failed",
    };

    public static string Of(FileType type) => type switch
    {
        FileType.File => "file",
        FileType.Directory => "directory",
        FileType.Link => "link",
        FileType.Fifo => "fifo",
        FileType.Socket => "socket",
        _ => "other",
    };

    public static string Of(FileHappening happening) => happening switch
    {
        FileHappening.Ready => "ready",
        FileHappening.Created => "created",
        FileHappening.Modified => "modified",
        FileHappening.Deleted => "deleted",
        FileHappening.MovedFrom => "moved_from",
        FileHappening.MovedTo => "moved_to",
        FileHappening.Attributes => "attributes",
        FileHappening.Gone => "gone",
        _ => "overflow",
    };

    /// <summary>The query of a word.</summary>
    public static FileQueryKind? Query(string word) => word switch
    {
        "stat" or "list" => FileQueryKind.List,
        "glob" => FileQueryKind.Glob,
        "search" => FileQueryKind.Search,
        "watch" => FileQueryKind.Watch,
        _ => null,
    };

    /// <summary>The words of changes.</summary>
    public static readonly string[] Changes = ["make-directory", "rename", "copy", "remove", "change-mode"];

    /// <summary>The change of a word.</summary>
    public static FileChangeKind? Change(string word) => Array.IndexOf(Changes, word) is >= 0 and var index ? (FileChangeKind)(index + 1) : null;
}
