using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Checkpoints;

/// <content>How a checkpoint's files come to a host.</content>
internal sealed partial class CheckpointStore
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int CopyBuffer = 256 * 1024;

    /// <summary>
    /// Puts a checkpoint's files into a directory, each verified: links of what this host has, the others from the store. They are not to be
    /// written to: the cache has the same ones.
    /// </summary>
    /// <param name="manifest">The manifest, as <see cref="ReadAsync"/> returned it, or the storing of it.</param>
    /// <param name="directory">The directory, which has none of these files; made when there is none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CheckpointRefusedException">A part is missing, damaged, or has a name that it may not have. No file is left then.</exception>
    public async Task FetchAsync(CheckpointManifest manifest, string directory, CancellationToken cancellationToken = default)
    {
        var owner = SandboxKey.Parse(manifest.Sandbox).Owner;
        if (manifest.Parts.FirstOrDefault(part => !PartName.IsValid(part.Name)) is { } wrong)
        {
            throw new CheckpointRefusedException(
                CheckpointRefusalKind.Damaged, $"The checkpoint {manifest.Id} of {manifest.Sandbox} names a part '{wrong.Name}'. Use another checkpoint.");
        }

        try
        {
            await GuardAsync($"The checkpoint {manifest.Id} of {manifest.Sandbox} cannot be fetched", async () =>
            {
                foreach (var some in manifest.Parts.Chunk(AtOnce))
                {
                    await Task.WhenAll(some.Select(part => FetchPartAsync(manifest, owner, part, Path.Combine(directory, part.Name), cancellationToken)));
                }

                return 0;
            });
        }
        catch
        {
            foreach (var part in manifest.Parts.Where(_ => Directory.Exists(directory))) DeleteFile(Path.Combine(directory, part.Name));
            throw;
        }
    }

    private static void DeleteFile(string path)
    {
        if (Directory.Exists(Path.GetDirectoryName(path))) File.Delete(path);
    }

    private async Task FetchPartAsync(CheckpointManifest manifest, string owner, CheckpointPart part, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, PrivateFile | UnixFileMode.UserExecute);
        if (cache.TryTake(owner, part, path)) return;
        await using var content = await _parts.OpenAsync(owner, part, Damaged, cancellationToken) ?? throw Missing(manifest, part);
        var create = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = PrivateFile,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        await using (var file = new FileStream(path, create)) await content.CopyToAsync(file, CopyBuffer, cancellationToken);
        KeepHere(owner, part, path);

        CheckpointRefusedException Damaged(string what) => new(
            CheckpointRefusalKind.Damaged,
            $"The part {part.Name} of the checkpoint {manifest.Id} of {manifest.Sandbox} is damaged: {what}. Use an older checkpoint.");
    }
}
