using System.Text;
using System.Text.Json;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;
using ZstdSharp;

namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>
/// Writes a snapshot as a tar of an OCI image layout. Layers go in as plain tars: their digests are then their diff ids, which are known before the
/// first byte, so that nothing is kept on the way, and every tool reads them.
/// </summary>
internal static class OciExport
{
    private const int Block = 512;
    private const long LargestOctal = 0x1_FFFF_FFFF;
    private const string Architecture = "amd64";

    /// <summary>Writes it. Blocks on both sides.</summary>
    /// <exception cref="LayerException">A layer is missing or damaged: what was written so far is of no use.</exception>
    public static async Task WriteAsync(SnapshotRecord snapshot, IBlobStore blobs, Stream tar, CancellationToken cancellationToken)
    {
        var config = JsonSerializer.SerializeToUtf8Bytes(
            new OciConfig(Architecture, "linux", new OciRootFiles("layers", [.. snapshot.Layers.Select(layer => layer.DiffId.ToString())]))
            {
                Created = snapshot.Created,
                Programs = OciProgramConfig.Of(snapshot.Template),
                History = [.. snapshot.Layers.Select(_ => new OciHistory(snapshot.Created, "sandbox"))],
            },
            OciForm.Json);
        var manifest = JsonSerializer.SerializeToUtf8Bytes(
            new OciManifest
            {
                MediaType = OciForm.Manifest,
                Config = Describe(OciForm.Config, config),
                Layers = [.. snapshot.Layers.Select(layer => new OciDescriptor(OciForm.Layer, layer.DiffId.ToString(), layer.UnpackedSize))],
            },
            OciForm.Json);
        var index = JsonSerializer.SerializeToUtf8Bytes(
            new OciManifest
            {
                MediaType = OciForm.Index,
                Manifests =
                [
                    Describe(OciForm.Manifest, manifest) with
                    {
                        Platform = new OciPlatform(Architecture, "linux"),
                        Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [OciForm.NameAnnotation] = snapshot.Name },
                    },
                ],
            },
            OciForm.Json);

        Put(tar, OciForm.LayoutFile, """{"imageLayoutVersion":"1.0.0"}"""u8, snapshot.Created);
        Put(tar, OciForm.IndexFile, index, snapshot.Created);
        foreach (var document in (byte[][])[manifest, config]) Put(tar, OciForm.BlobDirectory + Digest(document).Hex, document, snapshot.Created);
        foreach (var layer in snapshot.Layers.DistinctBy(layer => layer.DiffId)) await PutAsync(tar, layer, blobs, snapshot.Created, cancellationToken);
        tar.Write(new byte[2 * Block]);
    }

    private static async Task PutAsync(Stream tar, LayerDescriptor layer, IBlobStore blobs, DateTimeOffset time, CancellationToken cancellationToken)
    {
        await using var blob = await blobs.OpenAsync(layer.BlobName, cancellationToken: cancellationToken)
            ?? throw new LayerException($"The layer {layer.Digest} is not in the blob store.");
        using var content = new HashingStream(new DecompressionStream(blob.Content, 1 << 17));
        PutHeader(tar, OciForm.BlobDirectory + layer.DiffId.Hex, layer.UnpackedSize, time);
        var buffer = new byte[1 << 17];
        while (content.Count < layer.UnpackedSize && content.Read(buffer) is > 0 and var got)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tar.Write(buffer.AsSpan(0, got));
        }

        if (content.Digest != layer.DiffId) throw new LayerException($"The layer {layer.Digest} is damaged in the blob store.") { IsDamage = true };
        Pad(tar, layer.UnpackedSize);
    }

    private static LayerDigest Digest(byte[] document) => LayerDigest.OfHash(System.Security.Cryptography.SHA256.HashData(document));

    private static OciDescriptor Describe(string mediaType, byte[] document) => new(mediaType, Digest(document).ToString(), document.Length);

    private static void Put(Stream tar, string name, ReadOnlySpan<byte> content, DateTimeOffset time)
    {
        PutHeader(tar, name, content.Length, time);
        tar.Write(content);
        Pad(tar, content.Length);
    }

    private static void Pad(Stream tar, long size) => tar.Write(new byte[(Block - (size % Block)) % Block]);

    private static void PutHeader(Stream tar, string name, long size, DateTimeOffset time)
    {
        var header = new byte[Block];
        void Text(int at, string text) => Encoding.ASCII.GetBytes(text).CopyTo(header, at);
        Text(0, name);
        Text(100, "0000644\0" + "0000000\0" + "0000000\0");
        if (size <= LargestOctal)
        {
            Text(124, Convert.ToString(size, 8).PadLeft(11, '0'));
        }
        else
        {
            // As GNU tar says it, which Go's and Python's readers know too.
            header[124] = 0x80;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size);
        }

        Text(136, Convert.ToString(Math.Clamp(time.ToUnixTimeSeconds(), 0, LargestOctal), 8).PadLeft(11, '0'));
        Text(148, "        ");
        header[156] = (byte)'0';
        Text(257, "ustar\0" + "00");
        Text(148, Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        tar.Write(header);
    }
}
