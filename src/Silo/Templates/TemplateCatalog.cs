using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Templates;

/// <summary>Finds templates and has them unpacked on this host, fetching their blobs when another host built them.</summary>
internal sealed class TemplateCatalog(IBlobStore store, LayerDirectories layers)
{
    /// <summary>What the store says of a template; null when it was not built.</summary>
    /// <exception cref="TemplateException">What it says is damaged.</exception>
    public async Task<TemplateManifest?> FindAsync(string name, CancellationToken cancellationToken) =>
        (await TemplateManifest.ReadAsync(store, name, cancellationToken))?.Manifest;

    /// <summary>A template, unpacked.</summary>
    /// <exception cref="TemplateException">There is none of that name, or it cannot be unpacked. The message has the remedy.</exception>
    public async Task<Template> ResolveAsync(string name, CancellationToken cancellationToken = default)
    {
        if (!BlobName.IsValid(TemplateManifest.BlobNameOf(name)) || await TemplateManifest.ReadAsync(store, name, cancellationToken) is not var (manifest, _))
        {
            throw new TemplateException($"There is no template '{name}'. Build it by 'template build {name}', or run the set-up.");
        }

        try
        {
            var directories = await layers.EnsureAsync([manifest.Layer], cancellationToken);
            return new Template(name, manifest.Layer, directories[^1]);
        }
        catch (LayerException exception)
        {
            throw new TemplateException($"The template '{name}' cannot be unpacked: {exception.Message} Build it anew by 'template build {name}'.", exception);
        }
    }
}
