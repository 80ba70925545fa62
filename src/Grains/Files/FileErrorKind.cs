namespace Sandbox.Grains.Files;

/// <summary>What is the matter with a path or an operation on it. The names are the words of docs/http.md.</summary>
[GenerateSerializer, Alias("file-error-kind")]
public enum FileErrorKind
{
    /// <summary>There is no such file or directory.</summary>
    NoSuchFile = 1,

    /// <summary>The user may not do this.</summary>
    PermissionDenied = 2,

    /// <summary>Something has the name already.</summary>
    Exists = 3,

    /// <summary>A part of the path, or what must be a directory, is none.</summary>
    NotADirectory = 4,

    /// <summary>A directory, where a file must be.</summary>
    IsADirectory = 5,

    /// <summary>The directory is not empty.</summary>
    NotEmpty = 6,

    /// <summary>The disk is full.</summary>
    NoSpace = 7,

    /// <summary>A name over 255 bytes, or a path over 4,095.</summary>
    NameTooLong = 8,

    /// <summary>A symbolic link, which is not followed at a path's end.</summary>
    IsALink = 9,

    /// <summary>A device, FIFO or socket, or a file of the kernel's own.</summary>
    NotRegular = 10,

    /// <summary>The upload, or the file that is appended to, ends elsewhere: <c>Expected</c> says where.</summary>
    OtherOffset = 11,

    /// <summary>There is no such upload, or not any more: begin it anew.</summary>
    NoSuchUpload = 12,

    /// <summary>The file is another one than the one that was asked for.</summary>
    Changed = 13,

    /// <summary>Too many entries, too deep a tree, or too many operations at once.</summary>
    TooMany = 14,

    /// <summary>The archive is none, or has an entry that is refused.</summary>
    BadArchive = 15,

    /// <summary>The sandbox was suspended, moved or lost in the middle: ask again, a reading or an upload at its offset.</summary>
    Interrupted = 16,

    /// <summary>The path, or another argument, cannot be.</summary>
    BadRequest = 17,

    /// <summary>Another error of the guest's kernel.</summary>
    Failed = 18,
}
