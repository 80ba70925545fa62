namespace Sandbox.Silo.Link;

/// <summary>Makes a start a mould: the program waits until a script is poured in.</summary>
/// <param name="ScriptPath">Absolute path of the FIFO that the program opens and waits at.</param>
/// <param name="ResultPath">Absolute path of a FIFO that a poured program may open as its result channel, or null for none.</param>
internal sealed record Mould(string ScriptPath, string? ResultPath = null);
