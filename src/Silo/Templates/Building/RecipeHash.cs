using System.Text.Json;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Templates.Building;

/// <summary>What tells a template from others: its recipe, what it stands on, and its files.</summary>
internal static class RecipeHash
{
    // To be raised when a build makes something else of the same recipe.
    private const int BuilderVersion = 1;

    /// <summary>The hash.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="stack">The layers below, lowest first.</param>
    /// <param name="below">The configuration that it takes over, or null.</param>
    /// <param name="files">The digest of its files.</param>
    public static string Of(Recipe recipe, IEnumerable<LayerDescriptor> stack, TemplateConfiguration? below, string files) => LayerDigest.OfText(JsonSerializer.Serialize(new
    {
        BuilderVersion,
        Recipe = recipe with { Base = "", Environment = [] },
        Environment = new SortedDictionary<string, string>(recipe.Environment, StringComparer.Ordinal),
        Stack = stack.Select(layer => layer.DiffId.ToString()),
        Below = below?.RecipeHash,
        files,
    })).ToString();
}
