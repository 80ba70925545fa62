namespace Sandboxes;

/// <summary>How a template is built.</summary>
public sealed record BuildTemplateOptions
{
    /// <summary>The folder that the recipe's <c>files</c> are in; nothing outside of it is ever sent. Left out: a recipe that copies files is refused.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether it is built although there is one of the same recipe, base and files: for newer packages.</summary>
    public bool Rebuild { get; init; }

    /// <summary>Told what happens, one after another. It must be quick.</summary>
    public Action<TemplateProgress>? OnProgress { get; init; }
}

/// <summary>A template that was built.</summary>
/// <param name="Template">The template.</param>
/// <param name="Cached">Whether nothing was built, because there was one of the same recipe, base and files.</param>
/// <param name="LeftOut">What a template cannot hold: FIFOs, sockets, devices.</param>
public sealed record BuiltTemplate(Template Template, bool Cached, IReadOnlyList<string> LeftOut);
