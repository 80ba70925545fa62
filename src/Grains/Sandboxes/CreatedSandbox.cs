namespace Sandbox.Grains.Sandboxes;

/// <summary>The answer to a creation.</summary>
[GenerateSerializer, Immutable, Alias("created-sandbox")]
public sealed record CreatedSandbox
{
    /// <summary>The sandbox.</summary>
    [Id(0)] public required SandboxDescription Sandbox { get; init; }

    /// <summary>Its secret token: given once, by the call that created it, and to every call that names it.</summary>
    [Id(1)] public string? Token { get; init; }

    /// <summary>Whether this call created it.</summary>
    [Id(2)] public required bool Created { get; init; }
}
