namespace Sandbox.Silo.Link;

/// <summary>A numbered byte stream of a process. The set is open: 4 is kept for a terminal.</summary>
internal enum LinkChannel : byte
{
    Stdin = 0,
    Stdout = 1,
    Stderr = 2,

    /// <summary>What the program hands back apart from what it prints.</summary>
    Result = 3,
}
