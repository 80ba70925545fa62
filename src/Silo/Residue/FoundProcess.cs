namespace Sandbox.Silo.Residue;

/// <summary>A process that belongs to a server's containers.</summary>
/// <param name="Id">Its process id.</param>
/// <param name="CommandLine">Its command line, or its name where it has none.</param>
internal sealed record FoundProcess(int Id, string CommandLine);
