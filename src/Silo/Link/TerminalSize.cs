namespace Sandbox.Silo.Link;

/// <summary>The size of a terminal.</summary>
/// <param name="Rows">1 to 1,000.</param>
/// <param name="Columns">1 to 1,000.</param>
internal readonly record struct TerminalSize(ushort Rows, ushort Columns);
