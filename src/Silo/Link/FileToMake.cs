namespace Sandbox.Silo.Link;

/// <summary>
/// A file that the agent makes before a program runs: with the program's uid, gid and rights, mode 0644, never over an existing one.
/// </summary>
/// <param name="Path">Its absolute path in the sandbox.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record FileToMake(string Path, ReadOnlyMemory<byte> Content);
