namespace Sandbox.Silo.Link;

/// <summary>Whom a signal reaches.</summary>
internal enum SignalScope : byte
{
    /// <summary>The process alone.</summary>
    Process = 0,

    /// <summary>Its process group, and every descendant still in the sandbox that came from it.</summary>
    Everything = 1,
}
