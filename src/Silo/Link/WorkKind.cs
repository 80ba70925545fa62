namespace Sandbox.Silo.Link;

/// <summary>The kinds of work that the agent knows; docs/guest-protocol.md has their requests, streams and results.</summary>
internal enum WorkKind : ushort
{
    /// <summary>Reads a file.</summary>
    Read = 1,

    /// <summary>Writes a part of a file.</summary>
    Write = 2,

    /// <summary>Lists a directory, or tells of one entry.</summary>
    List = 3,

    /// <summary>Makes a directory, renames, copies, removes, sets permissions.</summary>
    Change = 4,

    /// <summary>Tells what changes in a directory.</summary>
    Watch = 5,

    /// <summary>Sends a directory as a tar archive.</summary>
    Pack = 6,

    /// <summary>Takes a tar archive into a directory.</summary>
    Unpack = 7,

    /// <summary>Lists what matches a pattern.</summary>
    Glob = 8,

    /// <summary>Finds lines with a text.</summary>
    Search = 9,

    /// <summary>Walks what programs have changed, as the tar of a layer.</summary>
    Layer = 32,
}
