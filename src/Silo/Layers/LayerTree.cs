using Microsoft.Win32.SafeHandles;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Layers;

/// <summary>
/// A directory that a layer is unpacked into. Every name is walked from its root segment by segment, and no link is ever followed, so that
/// whatever a layer made before, nothing is opened or made outside.
/// </summary>
internal sealed unsafe class LayerTree : IDisposable
{
    private readonly SafeFileHandle _root;
    private SafeFileHandle? _parent;
    private List<byte[]> _parentPath = [];

    public LayerTree(string path) => _root = Posix.OpenDirectory(path);

    /// <summary>The root's descriptor.</summary>
    public int Root => Posix.Fd(_root);

    /// <summary>
    /// The directory that holds a name, made when it is missing. Stays open until the next call, which usually asks for the same.
    /// </summary>
    public int Parent(List<byte[]> path, string shown)
    {
        var depth = path.Count - 1;
        if (_parent is not null && _parentPath.Count == depth && Same(_parentPath, path, depth))
        {
            return Posix.Fd(_parent);
        }

        var parent = Open(path, depth, make: true, shown);
        _parent?.Dispose();
        _parent = parent;
        _parentPath = path[..depth];
        return Posix.Fd(parent);
    }

    /// <summary>Opens the directory that the first segments of a name lead to.</summary>
    /// <param name="path">The segments.</param>
    /// <param name="depth">How many of them.</param>
    /// <param name="make">Whether a missing directory is made.</param>
    /// <param name="shown">The entry's name, for messages.</param>
    /// <exception cref="LayerException">A segment is a link or a file, or is missing.</exception>
    public SafeFileHandle Open(List<byte[]> path, int depth, bool make, string shown)
    {
        var current = Posix.TryOpenAt(Root, ".\0"u8, Flags, 0, out var error) ?? throw Failed(error, shown);
        for (var i = 0; i < depth; i++)
        {
            using var above = current;
            var next = Posix.TryOpenAt(Posix.Fd(above), path[i], Flags, 0, out error);
            if (next is null && error == Posix.NotFound && make)
            {
                fixed (byte* segment = path[i])
                {
                    // Not mentioned by the layer: as other tools make it.
                    Posix.Check(Posix.MakeDirectoryAt(Posix.Fd(above), segment, 0x1ED), $"make a directory for '{shown}'");
                }

                next = Posix.TryOpenAt(Posix.Fd(above), path[i], Flags, 0, out error);
            }

            current = next ?? throw Failed(error, shown);
        }

        return current;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parent?.Dispose();
        _root.Dispose();
    }

    private static int Flags => Posix.ReadOnly | Posix.Directory | Posix.NoFollow;

    private static bool Same(List<byte[]> one, List<byte[]> other, int depth)
    {
        for (var i = depth - 1; i >= 0; i--)
        {
            if (!one[i].AsSpan().SequenceEqual(other[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static Exception Failed(int error, string shown) => error is Posix.NotADirectory or Posix.TooManyLinks
        ? new LayerException($"The layer's entry '{shown}' is refused: it leads through something that is not a directory.")
        : error == Posix.NotFound
            ? new LayerException($"The layer's entry '{shown}' is refused: a directory on its way is missing.")
            : Posix.Failed(error, $"open a directory of '{shown}'");
}
