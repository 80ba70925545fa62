using System.Text;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;

namespace Sandbox.Gateway.Files;

/// <summary>What calls about files take.</summary>
internal static class FileRequests
{
    /// <summary>The most bytes that one call of the hub reads or writes, and that one part has.</summary>
    public const int MostBytes = 1 << 20;

    private const int MostPath = 4_095;
    private const int MostId = 0x7fffffff;

    /// <summary>The texts of a query string.</summary>
    public static readonly string[] Texts = ["path", "pathBytes", "pattern", "text", "mode", "upload", "user", "tag"];

    /// <summary>The numbers of a query string.</summary>
    public static readonly string[] Numbers = ["offset", "length", "depth", "limit", "uid", "gid"];

    /// <summary>The flags of a query string.</summary>
    public static readonly string[] Flags = ["recursive", "parents", "expression", "anyCase", "finish", "abandon", "unpack", "append", "keepExisting", "missingIsFine"];

    /// <summary>A query that answers items.</summary>
    /// <param name="word">Which.</param>
    /// <param name="request">Its arguments.</param>
    public static FileQuery Query(string word, Arguments request)
    {
        var kind = FileNames.Query(word) ?? throw CallException.Invalid("The query must be one of: stat, list, glob, search, watch.");
        var pattern = kind is FileQueryKind.Glob ? request.RequiredText("pattern", MostPath) : kind is FileQueryKind.Search ? request.RequiredText("text", MostPath) : "";
        return new FileQuery
        {
            Kind = kind,
            Path = Path(request, "path"),
            Depth = word is "stat" ? 0 : (int)(request.Whole("depth", 1, 1_000) ?? 1),
            Most = (int)(request.Whole("limit", 1, FileQuery.MostFound) ?? 10_000),
            Pattern = Encoding.UTF8.GetBytes(pattern),
            Expression = request.Flag("expression", otherwise: false),
            AnyCase = request.Flag("anyCase", otherwise: false),
            Recursive = request.Flag("recursive", otherwise: false),
            Root = Root(request),
        };
    }

    /// <summary>A reading.</summary>
    public static FileQuery Read(Arguments request) => new()
    {
        Kind = FileQueryKind.Read,
        Path = Path(request, "path"),
        Offset = request.Whole("offset", 0, Arguments.MostNumber) ?? 0,
        Length = request.Whole("length", 0, Arguments.MostNumber),
        Tag = request.Text("tag", 256),
        Root = Root(request),
    };

    /// <summary>A part of a file.</summary>
    public static FileWrite Write(Arguments request)
    {
        var append = request.Flag("append", otherwise: false);
        var upload = request.Text("upload", 64);
        if (append == (upload is not null)) throw CallException.Invalid("Give upload, an id of your own for the parts of one file; or append, and no upload.");
        if (upload is not null && !Ids.IsProcess(upload)) throw CallException.Invalid("upload must be 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.");
        return Whole(request) with
        {
            Upload = upload,
            Offset = append ? request.Whole("offset", 0, Arguments.MostNumber) : request.RequiredWhole("offset", 0, Arguments.MostNumber),
            Finish = request.Flag("finish", otherwise: false),
            Abandon = request.Flag("abandon", otherwise: false),
            Unpack = upload is not null && request.Flag("unpack", otherwise: false),
        };
    }

    /// <summary>A file that is written as a whole.</summary>
    public static FileWrite Whole(Arguments request) => new()
    {
        Path = Path(request, "path"),
        Mode = Mode(request),
        Uid = (uint?)request.Whole("uid", 0, MostId),
        Gid = (uint?)request.Whole("gid", 0, MostId),
        Parents = request.Flag("parents", otherwise: false),
        KeepExisting = request.Flag("keepExisting", otherwise: false),
        Root = Root(request),
    };

    /// <summary>A change.</summary>
    public static FileChange Change(string word, Arguments request)
    {
        var kind = FileNames.Change(word) ?? throw CallException.Invalid($"The change must be one of: {string.Join(", ", FileNames.Changes)}.");
        var mode = Mode(request);
        if (kind is FileChangeKind.ChangeMode && mode is null) throw CallException.Invalid("mode is missing.");
        return new FileChange
        {
            Kind = kind,
            Path = Path(request, "path"),
            To = kind is FileChangeKind.Rename or FileChangeKind.Copy ? Path(request, "to") : null,
            Mode = mode,
            Parents = request.Flag("parents", otherwise: false),
            Recursive = request.Flag("recursive", otherwise: false),
            MissingIsFine = request.Flag("missingIsFine", otherwise: false),
            KeepExisting = request.Flag("keepExisting", otherwise: false),
            Root = Root(request),
        };
    }

    private static byte[] Path(Arguments request, string name)
    {
        var path = request.Has($"{name}Bytes")
            ? request.RequiredBytes($"{name}Bytes", MostPath)
            : Encoding.UTF8.GetBytes(request.RequiredText(name, MostPath));
        return path is [(byte)'/', ..] ? path : throw CallException.Invalid($"{name} must be absolute: it begins with '/'.");
    }

    private static int? Mode(Arguments request)
    {
        if (request.Text("mode", 5) is not { } text) return null;
        return text.Length > 0 && text.All(c => c is >= '0' and <= '7') && Convert.ToInt32(text, 8) is <= 0xfff and var mode
            ? mode
            : throw CallException.Invalid("mode must be permissions as octal text, such as \"0644\".");
    }

    private static bool? Root(Arguments request) => request.Word("user", "user", "root") switch
    {
        null => null,
        var user => user is "root",
    };
}
