namespace Sandboxes;

/// <summary>A named filesystem that new sandboxes start from, with what it says of their programs.</summary>
public sealed record Template
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>When it was built.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>How much storage its layers take; of an owner's without those of the product's template below.</summary>
    public long Bytes { get; init; }

    /// <summary>How many layers it has.</summary>
    public int LayerCount { get; init; }

    /// <summary>Whether it belongs to the server, and is every owner's.</summary>
    public bool Shipped { get; init; }

    /// <summary>What it was built over; null in a list.</summary>
    public string? Base { get; init; }

    /// <summary>What tells it from others: SHA-256 of its recipe, what it stands on, and its files; null in a list.</summary>
    public string? RecipeHash { get; init; }

    /// <summary>Environment variables of every program; null in a list.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Whom programs run as; null for the usual, and in a list.</summary>
    public SandboxUser? User { get; init; }

    /// <summary>Where programs start; null for the usual, and in a list.</summary>
    public string? Cwd { get; init; }

    /// <summary>The program that its start state is taken after; null for none, and in a list.</summary>
    public IReadOnlyList<string>? Start { get; init; }
}
