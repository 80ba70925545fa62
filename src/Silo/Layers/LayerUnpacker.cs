using Microsoft.Win32.SafeHandles;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Layers;

/// <summary>
/// Unpacks one layer into an empty directory. The tar is hostile: nothing is ever written over, followed or made outside, and an entry that
/// tries is refused by name.
/// </summary>
/// <param name="directory">The directory.</param>
/// <param name="parents">The unpacked layers below this one, lowest first.</param>
/// <param name="limits">How much the layer may be.</param>
/// <param name="mayWrite">Asked before so many bytes of files' content are written: once it says no, names alone are made, and the layer is not whole. Null: always.</param>
internal sealed unsafe class LayerUnpacker(string directory, IReadOnlyList<string> parents, LayerLimits limits, Func<int, bool>? mayWrite = null) : IDisposable
{
    /// <summary>What is zeros from one multiple of it to the next becomes a hole, as it may have been one: in bytes.</summary>
    private const int Window = 1 << 16;

    private const uint WhiteoutMode = Posix.TypeCharacterDevice;

    private readonly LayerTree _tree = new(directory);
    private readonly List<(List<byte[]> Path, LayerEntry Entry)> _directories = [];
    private readonly List<List<byte[]>> _opaque = [];

    /// <summary>Whether everything was written.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Makes the directory that a layer is unpacked into.</summary>
    // What the root of a layer is that does not say: users of the sandbox enter it. Above it, the data directory keeps others out.
    public static void MakeRoot(string directory) => Directory.CreateDirectory(directory, (UnixFileMode)0x1ED);

    /// <summary>Unpacks the whole tar. Blocks on the stream and the disk.</summary>
    /// <exception cref="LayerException">The layer is damaged or holds what a layer may not hold; the directory is to be thrown away.</exception>
    public void Unpack(Stream tar, CancellationToken cancellationToken)
    {
        var reader = new LayerTarReader(tar, limits) { WithoutDevices = true };
        while (reader.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = LayerPath.Split(entry.Name);
            if (path.Count == 0)
            {
                Expect(entry.Kind == LayerEntryKind.Directory, entry, "the root of a layer is a directory");
                _directories.Add((path, entry));
            }
            else if (path[^1].AsSpan().StartsWith(".wh."u8))
            {
                MakeWhiteout(path, entry);
            }
            else
            {
                Make(path, entry, reader);
            }
        }

        foreach (var path in _opaque)
        {
            new OpaqueDirectory(directory, parents).HideWhatLiesBelow(path);
        }

        // Last, because making what is in a directory changes its time.
        foreach (var (path, entry) in _directories)
        {
            using var handle = _tree.Open(path, path.Count, make: false, entry.Shown);
            Describe(handle, entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tree.Dispose();

    private static void Expect(bool holds, LayerEntry entry, string why)
    {
        if (!holds)
        {
            throw new LayerException($"The layer's entry '{entry.Shown}' is refused: {why}.");
        }
    }

    private static void Check(int result, LayerEntry entry)
    {
        if (result < 0)
        {
            var error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            throw error == Posix.Exists
                ? new LayerException($"The layer's entry '{entry.Shown}' is refused: the layer has this name twice.")
                : Posix.Failed(error, $"unpack '{entry.Shown}'");
        }
    }

    private void Make(List<byte[]> path, LayerEntry entry, LayerTarReader reader)
    {
        var parent = _tree.Parent(path, entry.Shown);
        fixed (byte* name = path[^1])
        {
            switch (entry.Kind)
            {
                case LayerEntryKind.File:
                    MakeFile(parent, path[^1], entry, reader);
                    break;
                case LayerEntryKind.Directory:
                    // It may have been made on the way to something in it.
                    if (Posix.StatusAt(parent, path[^1]) is not { IsDirectory: true })
                    {
                        Check(Posix.MakeDirectoryAt(parent, name, 0x1C0), entry);
                    }

                    _directories.Add((path, entry));
                    break;
                case LayerEntryKind.SymbolicLink:
                    MakeSymbolicLink(parent, name, entry);
                    break;
                case LayerEntryKind.HardLink:
                    MakeHardLink(parent, name, entry);
                    break;
            }
        }
    }

    private void MakeFile(int parent, byte[] name, LayerEntry entry, LayerTarReader reader)
    {
        using var file = Posix.TryOpenAt(parent, name, Posix.WriteOnly | Posix.Create | Posix.Exclusive | Posix.NoFollow, 0x180, out var error);
        Expect(error != Posix.Exists, entry, "the layer has this name twice");
        if (file is null)
        {
            throw Posix.Failed(error, $"unpack '{entry.Shown}'");
        }

        long offset = 0;
        while (reader.ReadContent() is { IsEmpty: false } bytes)
        {
            while (!bytes.IsEmpty)
            {
                var part = bytes[..(int)Math.Min(bytes.Length, Window - (offset % Window))];
                if (part.ContainsAnyExcept((byte)0) && MayWrite(part.Length)) RandomAccess.Write(file, part, offset);
                offset += part.Length;
                bytes = bytes[part.Length..];
            }
        }

        if (offset > 0) RandomAccess.SetLength(file, offset);
        Describe(file, entry);
    }

    private bool MayWrite(int bytes) => IsWhole = IsWhole && mayWrite?.Invoke(bytes) is not false;

    private static void MakeSymbolicLink(int parent, byte* name, LayerEntry entry)
    {
        // Where it points to is the guest's business: nobody on the host follows it.
        Expect(entry.LinkName.Length is > 0 and < 4096 && !entry.LinkName.AsSpan().Contains((byte)0), entry, "its target is empty or too long");
        var (seconds, nanoseconds) = entry.Time;
        var times = stackalloc long[] { seconds, nanoseconds, seconds, nanoseconds };
        fixed (byte* target = (byte[])[.. entry.LinkName, 0])
        {
            Check(Posix.SymbolicLinkAt(target, parent, name), entry);
            Check(Posix.ChangeOwnerAt(parent, name, entry.User, entry.Group, Posix.AtSymlinkNoFollow), entry);
            Check(Posix.SetTimesAt(parent, name, times, Posix.AtSymlinkNoFollow), entry);
        }
    }

    private void MakeHardLink(int parent, byte* name, LayerEntry entry)
    {
        var target = LayerPath.Split(entry.LinkName);
        Expect(target.Count > 0, entry, "it links to a directory");
        using var targetParent = _tree.Open(target, target.Count - 1, make: false, entry.Shown);
        Expect(Posix.StatusAt(Posix.Fd(targetParent), target[^1]) is { IsRegular: true }, entry, "it links to what is no file of this layer");
        fixed (byte* targetName = target[^1])
        {
            Check(Posix.LinkAt(Posix.Fd(targetParent), targetName, parent, name, 0), entry);
        }
    }

    private void MakeWhiteout(List<byte[]> path, LayerEntry entry)
    {
        Expect(entry is { Kind: LayerEntryKind.File, Size: 0 }, entry, "a whiteout is an empty file");
        var hidden = path[^1].AsSpan(4);
        if (hidden.SequenceEqual(".wh..opq\0"u8))
        {
            _ = _tree.Parent(path, entry.Shown);
            _opaque.Add(path[..^1]);
            return;
        }

        var isName = hidden.Length > 1 && !hidden.SequenceEqual(".\0"u8) && !hidden.SequenceEqual("..\0"u8) && !hidden.StartsWith(".wh."u8);
        Expect(isName, entry, "it is a whiteout of no name");
        var parent = _tree.Parent(path, entry.Shown);
        fixed (byte* name = hidden)
        {
            Check(Posix.MakeNodeAt(parent, name, WhiteoutMode, 0), entry);
        }
    }

    private static void Describe(SafeFileHandle handle, LayerEntry entry)
    {
        var fd = Posix.Fd(handle);
        var (seconds, nanoseconds) = entry.Time;
        var times = stackalloc long[] { seconds, nanoseconds, seconds, nanoseconds };
        fixed (byte* nothing = "\0"u8)
        {
            Check(Posix.ChangeOwnerAt(fd, nothing, entry.User, entry.Group, Posix.AtEmptyPath), entry);
        }

        foreach (var (attribute, value) in entry.ExtendedAttributes)
        {
            fixed (byte* name = Posix.Bytes(attribute))
            fixed (byte* bytes = value)
            {
                var result = Posix.SetExtendedAttribute(fd, name, bytes, (nuint)value.Length, 0);
                if (result < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Posix.NotSupported)
                {
                    Check(result, entry);
                }
            }
        }

        // After the owner, whose change takes setuid away.
        Check(Posix.ChangeMode(fd, entry.Mode), entry);
        Check(Posix.SetTimes(fd, times), entry);
    }
}
