namespace Sandboxes.Cli.Files;

/// <summary>One side of a copy: <c>ID:PATH</c> in a sandbox, or a path of this machine.</summary>
/// <param name="SandboxId">The sandbox, or null.</param>
/// <param name="Path">The path.</param>
internal sealed record CopyPlace(string? SandboxId, string Path)
{
    /// <summary>Reads one. A path of this machine with a colon in it is told by a slash before the colon, such as <c>./a:b</c>.</summary>
    public static CopyPlace Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || text[..colon].Contains('/', StringComparison.Ordinal) ? new CopyPlace(null, text) : new CopyPlace(text[..colon], text[(colon + 1)..]);
    }

    /// <summary>The absolute path in a sandbox whose programs start in a directory.</summary>
    public string Under(string directory) => Path.StartsWith('/') ? Path : $"{directory.TrimEnd('/')}/{Path}".TrimEnd('/');
}
