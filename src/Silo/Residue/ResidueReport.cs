using System.Collections.Immutable;

namespace Sandbox.Silo.Residue;

/// <summary>What is there of a server's containers, running or left behind.</summary>
internal sealed record ResidueReport
{
    /// <summary>runsc, its sandboxes and gofers, and the guests' processes.</summary>
    public ImmutableArray<FoundProcess> Processes { get; init; } = [];

    /// <summary>Directories of cgroups, one a container and hierarchy; the server's parents do not count.</summary>
    public ImmutableArray<string> Cgroups { get; init; } = [];

    /// <summary>Directories of bundles.</summary>
    public ImmutableArray<string> Bundles { get; init; } = [];

    /// <summary>Files in runsc's --root.</summary>
    public ImmutableArray<string> RunscState { get; init; } = [];

    /// <summary>Mount points below the server's data directory.</summary>
    public ImmutableArray<string> Mounts { get; init; } = [];

    /// <summary>Whether there is nothing at all.</summary>
    public bool IsEmpty => Processes.IsEmpty && Cgroups.IsEmpty && Bundles.IsEmpty && RunscState.IsEmpty && Mounts.IsEmpty;

    /// <inheritdoc/>
    public override string ToString() => IsEmpty
        ? "nothing"
        : string.Join('\n', [.. Processes.Select(p => $"process {p.Id}: {p.CommandLine}"), .. Cgroups, .. Bundles, .. RunscState, .. Mounts]);
}
