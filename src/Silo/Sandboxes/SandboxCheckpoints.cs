using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Sandboxes;

/// <summary>The checkpoints of this host's sandboxes: what the machine is goes into each that is stored, and is held against each that is fetched.</summary>
internal sealed class SandboxCheckpoints(ISandboxMachine machine) : ICheckpointStore
{
    /// <summary>An empty directory for a checkpoint's files, which goes with what is returned.</summary>
    public CheckpointFiles NewDirectory() => new(WorkInProgress.Begin(machine.TemporaryDirectory));

    /// <summary>Stores the files of a checkpoint.</summary>
    /// <param name="key">The sandbox's grain's key.</param>
    /// <param name="spec">What it is.</param>
    /// <param name="started">Its container: another version of runsc or of the agent may run in it than those of now.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="directory">Where the files are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CheckpointStorageException">They could not be stored; nothing of them is.</exception>
    public async Task<CheckpointDescription> SaveAsync(
        string key, SandboxSpec spec, StartedSandbox started, CheckpointLayers layers, CheckpointRequest request, string directory, CancellationToken cancellationToken)
    {
        var draft = machine.Draft with
        {
            Template = layers.Below[0].Digest,
            Layers = layers.Below,
            Files = layers.Files,
            RunscVersion = started.Spec.Runsc?.Version.Text ?? machine.Draft.RunscVersion,
            Agent = LayerDigest.Parse($"sha256:{started.Spec.Base!.AgentDigest}"),
            Sandbox = SandboxKey.Parse(key),
            Parent = request.Parent,
            Label = request.Label ?? "",
            Kind = request.Suspend ? CheckpointKind.Suspend : request.Periodic ? CheckpointKind.Periodic : CheckpointKind.Manual,
            MemoryBytes = spec.MemoryBytes,
            DiskBytes = spec.DiskBytes,
            Epoch = request.Epoch,
            Timeline = request.Timeline,
        };
        var files = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(directory, file), StringComparer.Ordinal);
        return Describe(await machine.Checkpoints.SaveAsync(draft, files, layers.OpenFiles, cancellationToken));
    }

    /// <summary>Reads a checkpoint's manifest.</summary>
    /// <exception cref="CheckpointRefusedException">It is not there, or not to be believed.</exception>
    /// <exception cref="CheckpointStorageException">The store fails.</exception>
    public async Task<CheckpointManifest> ReadAsync(string key, string id, CancellationToken cancellationToken)
    {
        var manifest = await machine.Checkpoints.ReadAsync(SandboxKey.Parse(key), id, cancellationToken);
        // Of the template former versions recorded the digest alone.
        return manifest.Layers.Count == 0 && manifest.Template == machine.Template.Digest ? manifest with { Layers = [machine.Template] } : manifest;
    }

    /// <summary>Fetches the files of a checkpoint that this host can restore.</summary>
    /// <exception cref="CheckpointRefusedException">It is not for this host, or damaged.</exception>
    /// <exception cref="CheckpointStorageException">The store or the disk fails.</exception>
    public async Task<CheckpointFiles> FetchAsync(CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        var missing = manifest.Layers.Count == 0 ? new HashSet<LayerDigest> { manifest.Template } : await machine.Roots.MissingAsync(manifest.Layers, cancellationToken);
        var host = machine.Host with { MissingLayers = missing };
        return CheckpointCompatibility.Check(manifest, host) is { } refusal
            ? throw new CheckpointRefusedException(refusal.Kind, refusal.Message)
            : await FetchPartsAsync(manifest, cancellationToken);
    }

    /// <summary>Fetches what a checkpoint tells of its programs, as far as that is sound: how they were, and what they had written.</summary>
    /// <returns>How they were, all ended since, or null; and the directory of what they had written, or null.</returns>
    /// <exception cref="CheckpointStorageException">The store or the disk fails.</exception>
    public async Task<(SandboxImage? Image, CheckpointFiles? Logs)> FetchProgramsAsync(CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        var parts = manifest.Parts.Where(part => !part.Name.StartsWith(SandboxImage.Memory + "/", StringComparison.Ordinal)).ToList();
        foreach (var wanted in new[] { parts, [.. parts.Where(part => part.Name == SandboxImage.FileName)] })
        {
            CheckpointFiles? files = null;
            try
            {
                files = await FetchPartsAsync(manifest with { Parts = wanted }, cancellationToken);
                var image = await SandboxImage.ReadAsync(files.Directory, cancellationToken);
                if (wanted == parts) return (image, files);
                files.Dispose();
                return (image, null);
            }
            catch (Exception e) when (e is CheckpointRefusedException or InvalidDataException or FileNotFoundException)
            {
                // Less of it, then.
                files?.Dispose();
            }
        }

        return (null, null);
    }

    private async Task<CheckpointFiles> FetchPartsAsync(CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        var files = NewDirectory();
        try
        {
            await machine.Checkpoints.FetchAsync(manifest, files.Directory, cancellationToken);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<CheckpointDescription[]> ListAsync(string key, CancellationToken cancellationToken) =>
        await machine.Checkpoints.ListAsync(SandboxKey.Parse(key), cancellationToken)
            .Select(one => Describe(one.Id, one.Parent, one.Created, one.Size, one.Label, one.Files)).ToArrayAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<CheckpointDescription>> CopyAsync(string fromKey, string checkpointId, string toKey, CancellationToken cancellationToken)
    {
        try
        {
            return Refusal.Answer(Describe(await machine.Checkpoints.CopyManifestAsync(
                SandboxKey.Parse(fromKey), checkpointId, SandboxKey.Parse(toKey), cancellationToken)));
        }
        catch (CheckpointRefusedException e)
        {
            return Refusal.Answer<CheckpointDescription>(Refusal.Conflict(e.Message));
        }
        catch (CheckpointStorageException e)
        {
            return Refusal.Answer<CheckpointDescription>(Refusal.Unavailable(e.Message));
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string key, string checkpointId, CancellationToken cancellationToken) =>
        machine.Checkpoints.DeleteAsync(SandboxKey.Parse(key), checkpointId, new HashSet<string>(), cancellationToken);

    /// <inheritdoc/>
    public Task RetainAsync(string key, int keep, string needed, CancellationToken cancellationToken) =>
        machine.Checkpoints.RetainAsync(SandboxKey.Parse(key), keep, new HashSet<string>(StringComparer.Ordinal) { needed }, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAllAsync(string key, CancellationToken cancellationToken) =>
        machine.Checkpoints.DeleteAllAsync(SandboxKey.Parse(key), cancellationToken);

    private static CheckpointDescription Describe(CheckpointManifest one) =>
        Describe(one.Id, one.Parent, one.Created, one.Size, one.Label, one.Files is not null);

    private static CheckpointDescription Describe(string id, string? parent, DateTimeOffset created, long bytes, string label, bool files) =>
        new() { Id = id, Parent = parent, Created = created, Bytes = bytes, Label = label.Length > 0 ? label : null, Files = files };
}
