namespace Sandboxes;

/// <summary>What happens in a build: a step begins, or its command wrote something.</summary>
public sealed record TemplateProgress
{
    /// <summary>Of a step: which one, from 1; null of output.</summary>
    public int? Step { get; init; }

    /// <summary>Of a step: how many there are.</summary>
    public int? Steps { get; init; }

    /// <summary>Of a step: the command, or what it does.</summary>
    public string? Command { get; init; }

    /// <summary>Of output: <c>stdout</c> or <c>stderr</c>; null of a step.</summary>
    public string? Channel { get; init; }

    /// <summary>Of output: the bytes, as the sandbox of the build gave them.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }
}
