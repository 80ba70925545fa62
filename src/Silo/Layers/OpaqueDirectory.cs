using System.Text;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Layers;

/// <summary>
/// Makes a directory of a layer opaque by an explicit whiteout for every name that lies below it in the parents and not in it: the guest sees
/// no opaque mark on a host's directory, but it does honour whiteouts.
/// </summary>
/// <param name="directory">The unpacked layer.</param>
/// <param name="parents">The unpacked layers below, lowest first.</param>
internal sealed unsafe class OpaqueDirectory(string directory, IReadOnlyList<string> parents)
{
    /// <summary>Hides everything that lies below one directory of the layer, and below the directories in it.</summary>
    public void HideWhatLiesBelow(List<byte[]> path)
    {
        using var tree = new LayerTree(directory);
        using var own = tree.Open(path, path.Count, make: false, Shown(path));
        var below = NamesBelow(path);
        foreach (var name in below)
        {
            if (Posix.StatusAt(Posix.Fd(own), name) is { } mine)
            {
                if (mine.IsDirectory)
                {
                    HideWhatLiesBelow([.. path, name]);
                }

                continue;
            }

            fixed (byte* bytes = name)
            {
                Posix.Check(Posix.MakeNodeAt(Posix.Fd(own), bytes, Posix.TypeCharacterDevice, 0), $"hide what lies below '{Shown(path)}'");
            }
        }
    }

    private static string Shown(List<byte[]> path) => string.Join('/', path.Select(segment => LayerPath.Show(segment.AsSpan(..^1))));

    /// <summary>The names that the parents, seen together, show in a directory.</summary>
    private List<byte[]> NamesBelow(List<byte[]> path)
    {
        var shown = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var parent in parents)
        {
            using var tree = new LayerTree(parent);
            if (!Reach(tree, path, shown))
            {
                continue;
            }

            using var here = tree.Open(path, path.Count, make: false, Shown(path));
            foreach (var name in DirectoryTree.Entries(here))
            {
                var key = Encoding.Latin1.GetString(name);
                if (Posix.StatusAt(Posix.Fd(here), name) is { IsWhiteout: true })
                {
                    shown.Remove(key);
                }
                else
                {
                    shown[key] = name;
                }
            }
        }

        return [.. shown.Values];
    }

    // A parent may have put something else in the directory's place, which hides what is below that; or have nothing there.
    private static bool Reach(LayerTree tree, List<byte[]> path, Dictionary<string, byte[]> shown)
    {
        for (var depth = 1; depth <= path.Count; depth++)
        {
            using var above = tree.Open(path, depth - 1, make: false, Shown(path));
            switch (Posix.StatusAt(Posix.Fd(above), path[depth - 1]))
            {
                case null:
                    return false;
                case { IsDirectory: false }:
                    shown.Clear();
                    return false;
            }
        }

        return true;
    }
}
