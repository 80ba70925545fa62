using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>Makes snapshots and templates of images that somebody uploaded.</summary>
internal sealed class OciImages(ISandboxMachine machine, SnapshotStandbys standbys)
{
    /// <summary>Stores the image in a file.</summary>
    /// <param name="owner">Whose it is to be.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">The tar of its layout.</param>
    /// <param name="options">How.</param>
    /// <param name="template">Whether it becomes a template, with what its configuration says of its programs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OciImportException">It is damaged, or not for us.</exception>
    /// <exception cref="LayerException">A layer holds what a layer may not hold.</exception>
    public async Task<Outcome<SnapshotRecord>> AddAsync(string owner, string name, string path, SnapshotOptions options, bool template, CancellationToken cancellationToken)
    {
        var archive = await Task.Run(() => OciArchive.Open(path), cancellationToken);
        var configuration = template ? archive.FindConfiguration() : null;
        var (stack, made) = await new OciImport(machine.Data, new LayerLimits()).ReadAsync(archive, owner, machine.Template, cancellationToken);
        try
        {
            var added = await machine.Snapshots.AddAsync(
                new SnapshotDraft(owner, name, stack, options, Template: configuration),
                made.ToDictionary(pair => pair.Key, pair => (Func<Stream>)pair.Value.Open),
                UnpackAsync,
                cancellationToken);
            if (added.Succeeded && stack[^1] != machine.Template) standbys.NoteMade(stack);
            return added;
        }
        finally
        {
            foreach (var intake in made.Values) await intake.DisposeAsync();
        }

        // What cannot be unpacked is refused now, and not to whoever starts from it.
        async Task UnpackAsync() => (await machine.Roots.OpenAsync(stack, agentDigest: null, cancellationToken)).Dispose();
    }
}
