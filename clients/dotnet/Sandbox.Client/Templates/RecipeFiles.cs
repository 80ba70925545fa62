using System.Formats.Tar;
using System.Text.Json;

namespace Sandboxes;

/// <summary>What a recipe copies, packed into a tar: files, directories, and links among them, and nothing outside of the recipe's folder.</summary>
internal static class RecipeFiles
{
    /// <summary>How recipes are read: JSON, in which comments and commas at the end are fine.</summary>
    public static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The paths that a recipe copies from.</summary>
    /// <exception cref="ArgumentException">One of them leads out of its folder.</exception>
    public static IReadOnlyList<string> Sources(JsonElement recipe)
    {
        if (recipe.ValueKind is not JsonValueKind.Object || !recipe.TryGetProperty("files", out var files) || files.ValueKind is not JsonValueKind.Array) return [];
        var sources = files.EnumerateArray().Where(file => file.ValueKind is JsonValueKind.Object)
            .Select(file => file.TryGetProperty("from", out var from) && from.ValueKind is JsonValueKind.String ? from.GetString()! : "").Where(from => from.Length > 0).ToList();
        return sources.Find(from => Path.IsPathRooted(from) || from.Split('/').Contains("..", StringComparer.Ordinal)) is { } outside
            ? throw new ArgumentException($"The recipe copies '{outside}', which is not below its folder: give a relative path without '..'.", nameof(recipe))
            : sources;
    }

    /// <summary>Packs them. Blocks on the disk.</summary>
    /// <exception cref="ArgumentException">Something is missing, or leads out of the folder.</exception>
    public static void Pack(string folder, IEnumerable<string> sources, Stream to)
    {
        using var tar = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
        var packed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            var segments = source.Split('/').Where(segment => segment is not ("" or ".")).ToList();
            for (var i = 1; i < segments.Count; i++) Add(tar, folder, string.Join('/', segments.Take(i)), packed, isAbove: true);
            AddAll(tar, folder, string.Join('/', segments), packed);
        }
    }

    private static void AddAll(TarWriter tar, string folder, string name, HashSet<string> packed)
    {
        if (name.Length > 0) Add(tar, folder, name, packed, isAbove: false);
        var path = new DirectoryInfo(Path.Combine(folder, name));
        if (!path.Exists || (name.Length > 0 && path.LinkTarget is not null)) return;
        foreach (var below in path.EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal))
            AddAll(tar, folder, name.Length > 0 ? $"{name}/{below}" : below, packed);
    }

    private static void Add(TarWriter tar, string folder, string name, HashSet<string> packed, bool isAbove)
    {
        var path = Path.Combine(folder, name);
        var info = new FileInfo(path);
        if (!packed.Add(name)) return;
        if (info.LinkTarget is { } target)
        {
            if (isAbove || LeadsOut(name, target)) throw new ArgumentException($"The recipe copies '{name}', which is a link {(isAbove ? "to elsewhere" : "out of its folder")}: copy what it leads to.", nameof(name));
        }

        if (info.LinkTarget is null && !info.Exists && !Directory.Exists(path))
            throw new ArgumentException($"The recipe copies '{name}', which is not in {folder}.", nameof(name));

        // What is no file, directory or link is written as what it is, and the server refuses it.
        tar.WriteEntry(path, name);
    }

    /// <summary>Whether a link leaves the folder. It may go up at its beginning alone: behind another link, <c>..</c> leads elsewhere.</summary>
    private static bool LeadsOut(string name, string target)
    {
        if (Path.IsPathRooted(target)) return true;
        var segments = target.Split('/').Where(segment => segment is not ("" or ".")).ToList();
        var up = segments.TakeWhile(segment => segment == "..").Count();
        return up > name.Count(c => c == '/') || segments.Skip(up).Contains("..", StringComparer.Ordinal);
    }
}
