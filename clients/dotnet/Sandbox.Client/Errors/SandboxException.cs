namespace Sandboxes;

/// <summary>The root of everything this library throws, but for cancellation and wrong arguments.</summary>
public class SandboxException : Exception
{
    internal SandboxException(string code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>What went wrong, for programs: one of <see cref="ErrorCode"/>, or a newer server's own.</summary>
    public string Code { get; }

    /// <summary>Of an operation on files: what is the matter, a word of docs/http.md such as <c>no_such_file</c>; else null.</summary>
    public string? File { get; internal set; }
}
