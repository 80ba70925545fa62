namespace Sandbox.Grains.Storage;

/// <summary>When a write takes place: always, only where there is none, or only over one generation.</summary>
public readonly record struct BlobCondition
{
    /// <summary>Always.</summary>
    public static BlobCondition None => default;

    /// <summary>Only when there is no blob of that name.</summary>
    public static BlobCondition Absent => new() { MustBeAbsent = true };

    /// <summary>True when there must be no blob of that name.</summary>
    public bool MustBeAbsent { get; private init; }

    /// <summary>The generation that must be there, or null.</summary>
    public string? Generation { get; private init; }

    /// <summary>Only over this generation.</summary>
    public static BlobCondition Matches(string generation) => new() { Generation = generation };

    /// <summary>Whether it holds.</summary>
    /// <param name="current">The blob of that name, or null when there is none.</param>
    public bool Holds(BlobProperties? current) => MustBeAbsent ? current is null : Generation is null || Generation == current?.Generation;
}
