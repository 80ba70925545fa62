namespace Sandbox.Silo.Link;

/// <summary>The kinds of work that the agent knows; docs/guest-protocol.md has their requests, streams and results.</summary>
internal enum WorkKind : ushort
{
    /// <summary>Reads a file.</summary>
    Read = 1,

    /// <summary>Walks what programs have changed, as the tar of a layer.</summary>
    Walk = 32,
}
