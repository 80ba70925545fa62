using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Templates.Building;

/// <summary>
/// Checks the tar of a recipe's files, which comes from a stranger, before anything unpacks it (which only the build's sandbox does), and tells what is in it:
/// names, kinds, permissions and contents, so that owners and times, and the way it was packed, make no other template.
/// </summary>
internal static class RecipeFiles
{
    /// <summary>The digest of no files.</summary>
    public static string None { get; } = Convert.ToHexStringLower(SHA256.HashData([]));

    /// <summary>Reads a tar to its end. Blocks on the stream.</summary>
    /// <param name="tar">The tar.</param>
    /// <param name="recipe">All that it copies must be there.</param>
    /// <param name="limits">How much it may be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A digest of what is in it, in hexadecimal digits.</returns>
    /// <exception cref="LayerException">It is none, or holds what it may not. The message names the entry.</exception>
    /// <exception cref="TemplateException">Something that the recipe copies is not in it.</exception>
    public static string Read(Stream tar, Recipe recipe, LayerLimits limits, CancellationToken cancellationToken)
    {
        var reader = new LayerTarReader(tar, limits);
        var entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        while (reader.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = NameOf(entry.Name);
            if (name.Length == 0) continue;
            using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var bytes = reader.ReadContent(); !bytes.IsEmpty; bytes = reader.ReadContent()) content.AppendData(bytes);
            var link = entry.Kind switch
            {
                LayerEntryKind.SymbolicLink => CheckLink(entry, name),
                LayerEntryKind.HardLink when !entries.ContainsKey(NameOf(entry.LinkName)) => throw Refused(entry, "it is a hard link to what is not in the archive before it"),
                _ => entry.LinkName,
            };
            var kind = new byte[8];
            BinaryPrimitives.WriteInt32LittleEndian(kind, (int)entry.Kind);
            BinaryPrimitives.WriteUInt32LittleEndian(kind.AsSpan(4), entry.Kind is LayerEntryKind.SymbolicLink ? 0 : entry.Mode & 0x1FF);
            if (!entries.TryAdd(name, [.. kind, .. content.GetHashAndReset(), .. link])) throw Refused(entry, "its name comes twice");
        }

        if (recipe.Files.FirstOrDefault(file => !entries.Keys.Any(name => IsAt(name, Plain(file.From)))) is { } missing)
            throw new TemplateException($"The recipe copies '{missing.From}', which was not uploaded: it is not in the recipe's folder.");
        return Digest(entries);
    }

    /// <summary>A path of a recipe as names in the tar are written here; empty for the whole folder.</summary>
    private static string Plain(string path) => NameOf(Encoding.UTF8.GetBytes(path));

    // Latin-1 keeps bytes apart that are no UTF-8.
    private static string NameOf(byte[] name) => string.Join('/', LayerPath.Split(name).Select(segment => Encoding.Latin1.GetString(segment.AsSpan()[..^1])));

    private static bool IsAt(string name, string path) =>
        path.Length == 0 || name == path || (name.StartsWith(path, StringComparison.Ordinal) && name[path.Length] == '/');

    /// <summary>
    /// A link must stay among the files. It may go up at its beginning alone, where it lies in directories that are none: behind another link, <c>..</c> leads elsewhere.
    /// </summary>
    private static byte[] CheckLink(LayerEntry entry, string name)
    {
        var target = Encoding.Latin1.GetString(entry.LinkName);
        if (target.StartsWith('/')) throw Refused(entry, "it is a link to an absolute path");
        var segments = target.Split('/').Where(segment => segment is not ("" or ".")).ToList();
        var up = segments.TakeWhile(segment => segment == "..").Count();
        if (up > name.Count(c => c == '/') || segments.Skip(up).Contains("..", StringComparer.Ordinal)) throw Refused(entry, "it is a link out of the recipe's folder");
        return target.Length > 0 ? entry.LinkName : throw Refused(entry, "it is a link to nothing");
    }

    private static string Digest(SortedDictionary<string, byte[]> entries)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, facts) in entries)
        {
            all.AppendData(BitConverter.GetBytes(name.Length));
            all.AppendData(Encoding.Latin1.GetBytes(name));
            all.AppendData(BitConverter.GetBytes(facts.Length));
            all.AppendData(facts);
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    private static LayerException Refused(LayerEntry entry, string why) => new($"The file '{entry.Shown}' is refused: {why}.");
}
