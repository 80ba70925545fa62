using Orleans.Concurrency;

namespace Sandbox.Grains.Sandboxes;

/// <summary>
/// The sandboxes of one owner, which is its key. Reads the store's listing alone (each sandbox's record carries its description as user
/// metadata): it wakes and activates nothing.
/// </summary>
[Alias("sandbox-list")]
public interface ISandboxListGrain : IGrainWithStringKey
{
    /// <summary>A page of the owner's sandboxes, in the order of their ids; those deleted are left out.</summary>
    /// <param name="after">Begins behind this id; null from the start.</param>
    /// <param name="limit">How many at most, 1 to 10,000; fewer where their descriptions are long.</param>
    /// <param name="labels">Only those that carry all of these.</param>
    [AlwaysInterleave, Alias("list")]
    Task<SandboxPage> ListAsync(string? after, int limit, Dictionary<string, string> labels);
}

/// <summary>A page of sandboxes.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-page")]
public sealed record SandboxPage
{
    /// <summary>The page.</summary>
    [Id(0)] public required SandboxDescription[] Sandboxes { get; init; }

    /// <summary>The next page's <c>after</c>, or null on the last.</summary>
    [Id(1)] public string? Next { get; init; }
}
