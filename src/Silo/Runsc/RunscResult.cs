namespace Sandbox.Silo.Runsc;

/// <summary>What a finished call of runsc left.</summary>
/// <param name="ExitCode">Its exit code; 128 + signal where a signal ended it.</param>
/// <param name="Stdout">The end of its standard output.</param>
/// <param name="Stderr">The end of its standard error.</param>
internal sealed record RunscResult(int ExitCode, string Stdout, string Stderr);
