using Sandbox.Grains.Processes;

namespace Sandbox.Silo.Output;

/// <summary>Which log this is.</summary>
internal sealed record OutputLogSetup
{
    /// <summary>What its files are called, <c>[a-z0-9-]{1,40}</c>; unique in the directory. Chosen by the host, never by a guest.</summary>
    public required string Name { get; init; }

    /// <summary>Where its files lie, or null for a log in memory alone. Made, for root only, when the first file is; the log leaves it behind.</summary>
    public string? Directory { get; init; }

    /// <summary>What happens when it is full.</summary>
    public FullLogPolicy Policy { get; init; }

    /// <summary>The history that its offsets belong to.</summary>
    public long Timeline { get; init; } = 1;

    /// <summary>The first byte's offset, 0 and up: what came before it is a gap to readers.</summary>
    public long Start { get; init; }
}
