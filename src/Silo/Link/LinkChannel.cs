namespace Sandbox.Silo.Link;

/// <summary>A numbered byte stream of a process. The set is open.</summary>
internal enum LinkChannel : byte
{
    Stdin = 0,
    Stdout = 1,
    Stderr = 2,

    /// <summary>What the program hands back apart from what it prints.</summary>
    Result = 3,

    /// <summary>What a terminal shows, in place of stdout and stderr.</summary>
    Terminal = 4,
}
