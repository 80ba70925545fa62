namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

/// <summary>What a process must be: one that counts, or one that gives back what it is given.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Counts">Whether it counts.</param>
/// <param name="Input">All that it was given, and, if it does not count, all that it writes.</param>
/// <param name="Seen">Bytes of output that it has written at least.</param>
/// <param name="Killed">Whether it was killed.</param>
internal sealed record ModelProcess(string Id, bool Counts, string Input = "", long Seen = 0, bool Killed = false);
