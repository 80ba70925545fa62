namespace Sandbox.Silo.Link;

/// <summary>How far output is read.</summary>
internal enum OutputUntil
{
    /// <summary>Until all that the process itself wrote has been read. A program that it left behind may still write; nobody waits for it.</summary>
    Drained,

    /// <summary>Until every channel has ended: nobody who could write to one is left.</summary>
    Ended,
}
