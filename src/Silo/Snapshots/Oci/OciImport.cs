using System.IO.Compression;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using ZstdSharp;

namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>Makes layers of an image's: the same tars, checked, and compressed as this product does it.</summary>
/// <param name="data">Where they are made.</param>
/// <param name="limits">How much one may be.</param>
internal sealed class OciImport(DataDirectory data, LayerLimits limits)
{
    /// <summary>Reads the layers of an image.</summary>
    /// <param name="archive">The image.</param>
    /// <param name="owner">Whose they are to be.</param>
    /// <param name="known">A layer that need not be read, since the product has it: its template's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The stack, lowest first, with what was made for it, which the caller disposes of.</returns>
    /// <exception cref="OciImportException">It is damaged, or not for us.</exception>
    /// <exception cref="LayerException">A layer holds what a layer may not hold.</exception>
    public async Task<(IReadOnlyList<LayerDescriptor> Stack, IReadOnlyDictionary<LayerDigest, LayerIntake> Made)> ReadAsync(
        OciArchive archive, string owner, LayerDescriptor known, CancellationToken cancellationToken)
    {
        var (manifest, config) = archive.FindImage();
        if (manifest.Layers!.Count > SandboxRoots.MostLayers)
            throw new OciImportException($"The image has {manifest.Layers.Count} layers; a sandbox has {SandboxRoots.MostLayers} at most. Squash it first.");
        var stack = new List<LayerDescriptor>();
        var made = new Dictionary<LayerDigest, LayerIntake>();
        try
        {
            foreach (var (blob, text) in manifest.Layers.Zip(config.Rootfs.DiffIds))
            {
                var diffId = OciArchive.Parse(text);
                if (stack.Count == 0 && diffId == known.DiffId)
                {
                    stack.Add(known);
                    continue;
                }

                var intake = new LayerIntake(data, limits);
                try
                {
                    var layer = await ReadAsync(archive, blob, intake, owner, cancellationToken);
                    if (layer.DiffId != diffId) throw new OciImportException($"The layer {blob.Digest} is damaged: its diff id is {layer.DiffId}, not {diffId}.");
                    stack.Add(layer);
                    if (made.TryAdd(layer.Digest, intake)) continue;
                }
                catch
                {
                    await intake.DisposeAsync();
                    throw;
                }

                await intake.DisposeAsync();
            }

            return (stack, made);
        }
        catch
        {
            foreach (var intake in made.Values) await intake.DisposeAsync();
            throw;
        }
    }

    private static async Task<LayerDescriptor> ReadAsync(OciArchive archive, OciDescriptor blob, LayerIntake intake, string owner, CancellationToken cancellationToken)
    {
        using var compressed = new HashingStream(archive.Open(blob));
        var magic = new byte[4];
        using (var start = archive.Open(blob)) _ = start.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        try
        {
            // By what it is: what its type says is not always so.
            using Stream? decompressed = magic switch
            {
                [0x1F, 0x8B, ..] => new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true),
                [0x28, 0xB5, 0x2F, 0xFD] => new DecompressionStream(compressed, 1 << 17, leaveOpen: true),
                _ => null,
            };
            var buffer = new byte[1 << 18];
            while (await Task.Run(() => (decompressed ?? compressed).Read(buffer), cancellationToken) is > 0 and var got)
                await intake.WriteAsync(buffer.AsMemory(0, got), cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException)
        {
            throw new OciImportException($"The layer {blob.Digest} is damaged: {e.Message}", e);
        }

        // What the decompression did not want belongs to the blob too.
        await Task.Run(() => compressed.CopyTo(Stream.Null), cancellationToken);
        if (compressed.Digest != OciArchive.Parse(blob.Digest)) throw new OciImportException($"The layer {blob.Digest} is damaged: its digest is {compressed.Digest}.");
        return await intake.FinishAsync(owner);
    }
}
