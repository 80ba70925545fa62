namespace Sandbox.Grains.Templates;

/// <summary>What a template says of its sandboxes beside their files.</summary>
[GenerateSerializer, Immutable, Alias("template-configuration")]
public sealed record TemplateConfiguration
{
    /// <summary>SHA-256 of its recipe, what it stands on, and its files, as <c>sha256:HEX</c>; of one that is an imported image, the image's id.</summary>
    [Id(0)] public required string RecipeHash { get; init; }

    /// <summary>What its recipe calls its base; of an imported image, its id once more.</summary>
    [Id(1)] public required string Base { get; init; }

    /// <summary>Environment variables of every program.</summary>
    [Id(2)] public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Whether programs run as root unless they say otherwise; null for the usual.</summary>
    [Id(3)] public bool? Root { get; init; }

    /// <summary>Where programs start unless they say otherwise; null for the usual.</summary>
    [Id(4)] public string? Directory { get; init; }

    /// <summary>The program that its start state is taken after; empty for none.</summary>
    [Id(5)] public string[] Start { get; init; } = [];
}
