namespace Sandbox.Silo.Layers;

/// <summary>What an entry of a layer is.</summary>
internal enum LayerEntryKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,
}

/// <summary>One entry of a layer's tar. Names are bytes, as on Linux.</summary>
internal sealed class LayerEntry
{
    public required LayerEntryKind Kind { get; init; }

    /// <summary>The name as it stands in the tar: not checked.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The target of a link; empty otherwise.</summary>
    public required byte[] LinkName { get; init; }

    /// <summary>Bytes of a file's content; 0 otherwise.</summary>
    public required long Size { get; init; }

    /// <summary>Permission bits with setuid, setgid and sticky.</summary>
    public required uint Mode { get; init; }

    public required uint User { get; init; }

    public required uint Group { get; init; }

    /// <summary>When it was changed: seconds since 1970, which may be negative, and nanoseconds on top of them.</summary>
    public required (long Seconds, long Nanoseconds) Time { get; init; }

    /// <summary>Extended attributes by name, only those of the <c>user</c> namespace.</summary>
    public required IReadOnlyDictionary<string, byte[]> ExtendedAttributes { get; init; }

    /// <summary>The name for a message: control characters and what is not UTF-8 replaced, 200 characters at most.</summary>
    public string Shown => LayerPath.Show(Name);
}
