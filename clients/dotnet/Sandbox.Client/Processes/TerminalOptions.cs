namespace Sandboxes;

/// <summary>A terminal for a program, instead of pipes.</summary>
public sealed record TerminalOptions
{
    /// <summary>Lines, 1 to 1,000.</summary>
    public int Rows { get; init; } = 24;

    /// <summary>Columns, 1 to 1,000.</summary>
    public int Cols { get; init; } = 80;

    /// <summary>What <c>TERM</c> says.</summary>
    public string Term { get; init; } = "xterm-256color";
}
