using Orleans.Concurrency;

namespace Sandbox.Grains.Templates;

/// <summary>The templates that one owner, which is its key, may use. Reads the store's listing alone.</summary>
[Alias("template-list")]
public interface ITemplateListGrain : IGrainWithStringKey
{
    /// <summary>A page: the product's on the first, then the owner's in the order of their names.</summary>
    /// <param name="after">Begins behind this name; null from the start.</param>
    /// <param name="limit">How many of the owner's at most, 1 to 1,000.</param>
    [AlwaysInterleave, Alias("list")]
    Task<TemplatePage> ListAsync(string? after, int limit);
}
