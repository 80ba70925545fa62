namespace Sandboxes;

/// <summary>A sandbox's whole state, memory and files, in storage.</summary>
public sealed record Checkpoint
{
    /// <summary>Its id.</summary>
    public string Id { get; init; } = "";

    /// <summary>When it was taken.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>How much storage it takes.</summary>
    public long Bytes { get; init; }

    /// <summary>The checkpoint that the sandbox had gone on from before, where there is one: so they form a tree.</summary>
    public string? Parent { get; init; }

    /// <summary>What its creator called it.</summary>
    public string? Label { get; init; }

    /// <summary>Whether its files lie beside it as a layer, so that the sandbox can be started with them if it cannot be restored.</summary>
    public bool Files { get; init; }
}
