using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Templates.Building;

/// <summary>Finds what sandboxes and builds start from. A template of the product goes before one of the owner's of the same name.</summary>
internal static class TemplateFinder
{
    /// <summary>A template, or where <paramref name="snapshots"/> lets them be any snapshot of the owner.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="name">The name.</param>
    /// <param name="snapshots">Whether a snapshot that is no template will do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The store fails.</exception>
    /// <exception cref="InvalidDataException">What the store says is damaged.</exception>
    public static async Task<Outcome<TemplateBase>> FindAsync(
        ISandboxMachine machine, string owner, string name, bool snapshots, CancellationToken cancellationToken)
    {
        if (name == TemplateRecipe.Base) return Refusal.Answer(new TemplateBase([machine.Template]));
        if (TemplateRecipe.Shipped.Contains(name)) return await FindShippedAsync(machine, name, cancellationToken);
        return BlobName.IsValid(SnapshotRecord.Prefix(owner) + name)
            && await machine.Snapshots.FindAsync(owner, name, cancellationToken) is var (record, _) && (snapshots || record.Template is not null)
            ? Refusal.Answer(new TemplateBase(record.Layers, record))
            : Refusal.Answer<TemplateBase>(Refusal.NotFound($"There is no template{(snapshots ? " or snapshot" : "")} '{name}'."));
    }

    private static async Task<Outcome<TemplateBase>> FindShippedAsync(ISandboxMachine machine, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await machine.Templates.FindAsync(name, cancellationToken) is { } manifest
                ? Refusal.Answer(new TemplateBase([manifest.Layer]))
                : Refusal.Answer<TemplateBase>(Refusal.NotFound($"The template '{name}' was not built on this server: './sandbox setup {name}' does it."));
        }
        catch (TemplateException e)
        {
            return Refusal.Answer<TemplateBase>(Refusal.Unavailable(e.Message));
        }
    }
}
