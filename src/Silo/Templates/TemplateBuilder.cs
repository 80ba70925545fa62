using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Templates;

/// <summary>Builds the templates that ship with the product, each once for its recipe.</summary>
internal sealed class TemplateBuilder(DataDirectory data, IBlobStore store, TemplateCatalog catalog, TimeProvider time)
{
    /// <summary>How long a build may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Builds a template, unless the store has it of the same recipe, and unpacks it on this host.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Gets a line for each step.</param>
    /// <param name="cancellationToken">Ends the build; nothing stays behind.</param>
    /// <exception cref="TemplateException">It cannot be built. The message says what to do.</exception>
    public async Task<Template> EnsureAsync(TemplateRecipe recipe, IProgress<string> progress, CancellationToken cancellationToken = default)
    {
        var found = await TemplateManifest.ReadAsync(store, recipe.Name, cancellationToken);
        if (found is var (manifest, _) && manifest.RecipeHash == recipe.Hash)
        {
            try
            {
                progress.Report($"the template '{recipe.Name}' is there already");
                return await catalog.ResolveAsync(recipe.Name, cancellationToken);
            }
            catch (TemplateException exception)
            {
                progress.Report($"{exception.Message} Building it anew.");
            }
        }

        var layer = await BuildAsync(recipe, progress, cancellationToken);
        if (!await new TemplateManifest(recipe.Name, recipe.Hash, layer, time.GetUtcNow()).WriteAsync(store, found?.Generation, cancellationToken))
        {
            progress.Report("another process has built it meanwhile; using that one");
        }

        progress.Report("unpacking");
        return await catalog.ResolveAsync(recipe.Name, cancellationToken);
    }

    private async Task<LayerDescriptor> BuildAsync(TemplateRecipe recipe, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (Posix.EffectiveUser() != 0)
        {
            throw new TemplateException("Building a template needs root: run it with sudo.");
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            using var writer = new LayerWriter(data);
            await new DebianBootstrap(data, progress).RunAsync(recipe, writer.Tar, deadline.Token);
            progress.Report("storing the layer");
            var layer = await writer.PublishAsync(store, deadline.Token);
            progress.Report($"{layer.UnpackedSize / 1_000_000} MB, compressed to {layer.Size / 1_000_000} MB");
            return layer;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TemplateException(
                $"The template '{recipe.Name}' was not built within {Deadline.TotalMinutes:0} minutes. Are the machine's package sources reachable ('apt-get update')?", exception);
        }
    }
}
