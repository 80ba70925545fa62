namespace Sandboxes;

/// <summary>Whether a program runs.</summary>
public enum ProcessStatus
{
    /// <summary>A status that this library does not know.</summary>
    Unknown,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has ended.</summary>
    Exited,
}
