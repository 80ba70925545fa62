using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Templates;

/// <summary>Brings a template that a set-up built into another store.</summary>
internal static class TemplateCopy
{
    /// <summary>Copies a template, unless the store has one of that name or there is none to copy. Many servers may do so at once.</summary>
    /// <param name="name">The template.</param>
    /// <param name="from">The store of the set-up.</param>
    /// <param name="to">The other store.</param>
    /// <param name="replaceOlder">Whether one that was built before this one is replaced.</param>
    /// <param name="cancellationToken">Ends the copy; there is no template then, or the one that there was.</param>
    public static async Task EnsureAsync(string name, IBlobStore from, IBlobStore to, bool replaceOlder, CancellationToken cancellationToken)
    {
        var there = await TemplateManifest.ReadAsync(to, name, cancellationToken);
        if (there is not null && !replaceOlder) return;
        if (await TemplateManifest.ReadAsync(from, name, cancellationToken) is not var (manifest, _) || manifest.Created <= there?.Manifest.Created) return;
        var layer = manifest.Layer.BlobName;
        if ((await to.FindAsync(layer, cancellationToken))?.Size != manifest.Layer.Size)
        {
            await using var blob = await from.OpenAsync(layer, cancellationToken: cancellationToken);
            if (blob is null) return;
            await to.PutAsync(layer, blob.Content, BlobPutOptions.Overwrite, cancellationToken);
        }

        // Last, so that a template is there wholly or not at all. Another server may have been quicker.
        await manifest.WriteAsync(to, there?.Generation, cancellationToken);
    }
}
