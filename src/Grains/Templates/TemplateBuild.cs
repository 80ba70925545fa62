namespace Sandbox.Grains.Templates;

/// <summary>A template that is to be built.</summary>
[GenerateSerializer, Immutable, Alias("template-build")]
public sealed record TemplateBuild
{
    /// <summary>What of.</summary>
    [Id(0)] public required Recipe Recipe { get; init; }

    /// <summary>The upload that has the recipe's files; null for none.</summary>
    [Id(1)] public string? Upload { get; init; }

    /// <summary>Whether it is built although there is one of the same recipe, base and files.</summary>
    [Id(2)] public bool Rebuild { get; init; }
}
