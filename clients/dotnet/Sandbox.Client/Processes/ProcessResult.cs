namespace Sandboxes;

/// <summary>Everything a program left.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="StandardOutput">What it wrote to its standard output, or to its terminal, read as UTF-8.</param>
/// <param name="StandardError">What it wrote to its standard error; empty with a terminal.</param>
public sealed record ProcessResult(ProcessExit Exit, string StandardOutput, string StandardError);
