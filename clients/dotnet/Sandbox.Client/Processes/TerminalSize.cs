namespace Sandboxes;

/// <summary>A terminal's size.</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Cols">Columns.</param>
public sealed record TerminalSize(int Rows, int Cols);
