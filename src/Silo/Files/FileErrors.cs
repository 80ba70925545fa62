using System.Buffers.Binary;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Files;

/// <summary>The errors of file operations, as data. Pure.</summary>
internal static class FileErrors
{
    /// <summary>The worker's error of an upload that ends before the offset.</summary>
    private const uint OtherOffset = 1002;

    /// <summary>Why a worker's end is none of success, or null when it is.</summary>
    public static SandboxError? Of(WorkEnd end)
    {
        if (end.Killed) return New(SandboxErrorCode.Unavailable, FileErrorKind.Failed, "The operation was ended in the sandbox: it ran out of memory, or was killed.");
        var name = GuestText.Read(end.Result);
        return end.Error switch
        {
            0 => null,
            2 => New(SandboxErrorCode.NotFound, FileErrorKind.NoSuchFile, $"There is no such file or directory: {name}"),
            1 or 13 or 30 => New(SandboxErrorCode.Conflict, FileErrorKind.PermissionDenied, $"The user may not do this: {name}"),
            17 => New(SandboxErrorCode.Conflict, FileErrorKind.Exists, $"Something has this name: {name}"),
            20 => New(SandboxErrorCode.Conflict, FileErrorKind.NotADirectory, $"It is no directory, or a part of its path is none: {name}"),
            21 => New(SandboxErrorCode.Conflict, FileErrorKind.IsADirectory, $"It is a directory: {name}"),
            39 => New(SandboxErrorCode.Conflict, FileErrorKind.NotEmpty, $"The directory is not empty: {name}"),
            28 or 122 => New(SandboxErrorCode.Limit, FileErrorKind.NoSpace, $"The sandbox's disk has no room for it: {name}"),
            36 => New(SandboxErrorCode.Invalid, FileErrorKind.NameTooLong, "A name has at most 255 bytes, and a path 4,095."),
            40 => New(SandboxErrorCode.Conflict, FileErrorKind.IsALink, $"It is a symbolic link, which is not followed: name what it leads to. {name}"),
            11 => New(SandboxErrorCode.Overloaded, FileErrorKind.TooMany, "Too many operations go on in the sandbox.") with { RetryAfter = TimeSpan.FromSeconds(1) },
            22 or 18 => New(SandboxErrorCode.Invalid, FileErrorKind.BadRequest, $"This cannot be done: {name}"),
            1001 => New(SandboxErrorCode.Conflict, FileErrorKind.NotRegular, $"It is no regular file: {name}"),
            OtherOffset => AtOffset(end.Result.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(end.Result) : 0),
            1003 => New(SandboxErrorCode.Invalid, FileErrorKind.BadRequest, $"The request cannot be: {name}"),
            1004 => New(SandboxErrorCode.Limit, FileErrorKind.TooMany, $"Too many entries, or too deep ones: {name}"),
            1005 => New(SandboxErrorCode.Invalid, FileErrorKind.BadArchive, $"The archive is refused: {name}"),
            1006 => NoSuchUpload(),
            _ => New(SandboxErrorCode.Unavailable, FileErrorKind.Failed, $"The operation failed with error {end.Error}: {name}"),
        };
    }

    /// <summary>The path, or something else of the request, cannot be.</summary>
    public static SandboxError BadRequest(string message) => New(SandboxErrorCode.Invalid, FileErrorKind.BadRequest, message);

    /// <summary>The file has another tag.</summary>
    public static SandboxError Changed() =>
        New(SandboxErrorCode.Conflict, FileErrorKind.Changed, "The file has changed, or is another one. Begin anew, without the tag.");

    /// <summary>There is no such upload.</summary>
    public static SandboxError NoSuchUpload() =>
        New(SandboxErrorCode.NotFound, FileErrorKind.NoSuchUpload, "There is no such upload, or not any more. Begin at offset 0.");

    /// <summary>The operation broke off.</summary>
    public static SandboxError Interrupted() =>
        New(SandboxErrorCode.Conflict, FileErrorKind.Interrupted, "The sandbox was suspended or lost in the middle of it. Whether it took place is to be looked up.");

    /// <summary>An upload ends elsewhere.</summary>
    public static SandboxError AtOffset(ulong end) =>
        New(SandboxErrorCode.Conflict, FileErrorKind.OtherOffset, $"It ends at {end}: go on from there.") with { Expected = (long)Math.Min(end, long.MaxValue) };

    /// <summary>A guest that answers in no known form.</summary>
    public static SandboxError NoAnswer() => New(SandboxErrorCode.Unavailable, FileErrorKind.Failed, "The sandbox's answer makes no sense.");

    private static SandboxError New(SandboxErrorCode code, FileErrorKind kind, string message) => new() { Code = code, Message = message, File = kind };
}
