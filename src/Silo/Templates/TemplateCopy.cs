using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Templates;

/// <summary>Brings a template that this machine's set-up built into a store that servers share.</summary>
internal static class TemplateCopy
{
    /// <summary>Copies a template, unless the store has one of that name or there is none to copy. Many servers may do so at once.</summary>
    /// <param name="name">The template.</param>
    /// <param name="from">The store of this machine.</param>
    /// <param name="to">The shared store.</param>
    /// <param name="cancellationToken">Ends the copy; there is no template then.</param>
    public static async Task EnsureAsync(string name, IBlobStore from, IBlobStore to, CancellationToken cancellationToken)
    {
        if (await to.FindAsync(TemplateManifest.BlobNameOf(name), cancellationToken) is not null) return;
        if (await TemplateManifest.ReadAsync(from, name, cancellationToken) is not var (manifest, _)) return;
        var layer = manifest.Layer.BlobName;
        if ((await to.FindAsync(layer, cancellationToken))?.Size != manifest.Layer.Size)
        {
            await using var blob = await from.OpenAsync(layer, cancellationToken: cancellationToken);
            if (blob is null) return;
            await to.PutAsync(layer, blob.Content, BlobPutOptions.Overwrite, cancellationToken);
        }

        // Last, so that a template is there wholly or not at all. Another server may have been quicker.
        await manifest.WriteAsync(to, overGeneration: null, cancellationToken);
    }
}
