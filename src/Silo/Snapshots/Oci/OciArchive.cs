using System.Text;
using System.Text.Json;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>
/// An OCI image layout in a tar, which somebody uploaded: its files stay where they are in the tar, in any order, and are read by their names. Nothing in it is
/// believed: documents are short, and each blob is held against its digest.
/// </summary>
internal sealed class OciArchive
{
    private const int LongestDocument = 4 << 20;
    private const int MostFiles = 10_000;

    private readonly string _path;
    private readonly Dictionary<string, (long Offset, long Size)> _files = new(StringComparer.Ordinal);

    private OciArchive(string path) => _path = path;

    /// <summary>Reads what is where. Blocks on the disk.</summary>
    /// <exception cref="OciImportException">It is no tar, or holds too much.</exception>
    public static OciArchive Open(string path)
    {
        var archive = new OciArchive(path);
        try
        {
            using var file = File.OpenRead(path);
            var reader = new LayerTarReader(file, new LayerLimits { MaxEntries = MostFiles, MaxBytes = long.MaxValue });
            while (reader.Next() is { } entry)
            {
                var name = Encoding.UTF8.GetString(entry.Name);
                if (entry.Kind == LayerEntryKind.File) archive._files[name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name] = (reader.Position, entry.Size);
            }
        }
        catch (LayerException e)
        {
            throw new OciImportException($"This is no tar of an OCI image layout, which is not compressed as a whole: {e.Message}", e);
        }

        if (!archive._files.ContainsKey(OciForm.LayoutFile))
            throw new OciImportException("This tar has no file 'oci-layout': make one by 'skopeo copy ... oci-archive:FILE', or by tar in the directory of a layout.");
        return archive;
    }

    /// <summary>The image: the only one, or the one for this platform.</summary>
    /// <exception cref="OciImportException">There is none, or several.</exception>
    public (OciManifest Manifest, OciConfig Config) FindImage()
    {
        var document = ReadAs<OciManifest>(OciForm.IndexFile, null);
        for (var depth = 0; document.Manifests is { } manifests; depth++)
        {
            if (depth > 1) throw new OciImportException("The image's indexes are nested too deep.");
            List<OciDescriptor> fitting = [.. manifests.Where(one => one.Platform is null or { Architecture: "amd64", Os: "linux" })];
            if (fitting.Count != 1)
                throw new OciImportException($"The layout has {fitting.Count} images for linux on amd64. Copy the one that you want into a layout of its own ('skopeo copy').");
            document = ReadBlobAs<OciManifest>(fitting[0]);
        }

        if (document is not { Config: { } config, Layers: { Count: > 0 } layers }) throw new OciImportException("The image has no layers.");
        var configuration = ReadBlobAs<OciConfig>(config);
        if (configuration.Rootfs.DiffIds.Count != layers.Count) throw new OciImportException("The image's configuration names another number of layers than its manifest.");
        return (document, configuration);
    }

    /// <summary>What the image says of its programs, as a template says it.</summary>
    /// <exception cref="OciImportException">There is no image, or it says what cannot be.</exception>
    public TemplateConfiguration FindConfiguration()
    {
        var (manifest, config) = FindImage();
        return (config.Programs ?? new OciProgramConfig()).ToTemplate(Parse(manifest.Config!.Digest).ToString());
    }

    /// <summary>Opens a blob. Its bytes are not checked.</summary>
    /// <exception cref="OciImportException">It is not there, or of another size.</exception>
    public Stream Open(OciDescriptor blob)
    {
        var digest = Parse(blob.Digest);
        var (offset, size) = Find(OciForm.BlobDirectory + digest.Hex);
        if (size != blob.Size) throw new OciImportException($"The blob {blob.Digest} has {size} bytes, and its descriptor says {blob.Size}.");
        return OpenAt(offset, size);
    }

    /// <summary>A digest in a document.</summary>
    /// <exception cref="OciImportException">It is none.</exception>
    public static LayerDigest Parse(string digest)
    {
        try
        {
            return LayerDigest.Parse(digest);
        }
        catch (FormatException e)
        {
            throw new OciImportException(e.Message, e);
        }
    }

    private (long Offset, long Size) Find(string name) =>
        _files.TryGetValue(name, out var place) ? place : throw new OciImportException($"The layout has no file '{name}'.");

    private SliceStream OpenAt(long offset, long size) => new(File.OpenHandle(_path, share: FileShare.ReadWrite | FileShare.Delete), offset, size);

    private T ReadBlobAs<T>(OciDescriptor blob) => ReadAs<T>(OciForm.BlobDirectory + Parse(blob.Digest).Hex, Parse(blob.Digest));

    private T ReadAs<T>(string name, LayerDigest? digest)
    {
        var (offset, size) = Find(name);
        if (size > LongestDocument) throw new OciImportException($"The file '{name}' has {size} bytes, more than a document of an image has.");
        var bytes = new byte[size];
        using (var content = OpenAt(offset, size)) content.ReadExactly(bytes);
        if (digest is { } right && LayerDigest.OfHash(System.Security.Cryptography.SHA256.HashData(bytes)) != right)
            throw new OciImportException($"The file '{name}' is damaged: its digest is another one.");
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, OciForm.Json) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new OciImportException($"The file '{name}' cannot be read: {e.Message}", e);
        }
    }
}
