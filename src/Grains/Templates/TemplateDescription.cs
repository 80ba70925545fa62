namespace Sandbox.Grains.Templates;

/// <summary>A template as clients see it.</summary>
[GenerateSerializer, Immutable, Alias("template-description")]
public sealed record TemplateDescription
{
    /// <summary>Its name.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>When it was built.</summary>
    [Id(1)] public required DateTimeOffset Created { get; init; }

    /// <summary>Bytes of its layers in the store; of an owner's without those of the product's template below.</summary>
    [Id(2)] public required long Bytes { get; init; }

    /// <summary>How many layers it has.</summary>
    [Id(3)] public required int LayerCount { get; init; }

    /// <summary>Whether it belongs to the product, and is every owner's.</summary>
    [Id(4)] public bool Shipped { get; init; }

    /// <summary>What it says of its sandboxes; null in a list, and of one of the product's.</summary>
    [Id(5)] public TemplateConfiguration? Configuration { get; init; }
}

/// <summary>A page of templates.</summary>
[GenerateSerializer, Immutable, Alias("template-page")]
public sealed record TemplatePage
{
    /// <summary>The page.</summary>
    [Id(0)] public required TemplateDescription[] Templates { get; init; }

    /// <summary>The next page's <c>after</c>, or null on the last.</summary>
    [Id(1)] public string? Next { get; init; }
}
