using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sandbox.Silo.Containers.Images;

/// <summary>What the kernel knows of a file: of .NET's own calls none tells owners, devices, hard links and nanoseconds.</summary>
/// <param name="Mode">Type and permissions, as in <c>st_mode</c>.</param>
/// <param name="User">Owner.</param>
/// <param name="Group">Group.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedSeconds">Time of the last change, seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">The rest of it.</param>
/// <param name="Device">The device that a device file stands for.</param>
/// <param name="Identity">The same for all names of one file, and for no other file.</param>
/// <param name="Links">Number of its names.</param>
internal readonly partial record struct FileFacts(
    ushort Mode, uint User, uint Group, long Size, long ModifiedSeconds, uint ModifiedNanoseconds, uint Device, (ulong Device, ulong Inode) Identity, uint Links)
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicStats = 0x7ff;

    /// <summary>Type of the file.</summary>
    public FileKind Kind => (FileKind)(Mode & 0xf000);

    /// <summary>Facts of a directory that is made up.</summary>
    public static FileFacts MadeDirectory => new((ushort)FileKind.Directory | 0x1ed, 0, 0, 0, 0, 0, 0, default, 2);

    /// <summary>Looks at a file; a symbolic link is not followed.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public static unsafe FileFacts Of(string path)
    {
        Statx facts;
        if (ReadFacts(CurrentDirectory, path, DoNotFollow, BasicStats, &facts) != 0)
            throw new IOException($"Cannot look at {path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

        return new FileFacts(
            facts.Mode, facts.User, facts.Group, (long)facts.Size, facts.ModifiedSeconds, facts.ModifiedNanoseconds,
            EncodeDevice(facts.RepresentedMajor, facts.RepresentedMinor),
            (((ulong)facts.DeviceMajor << 32) | facts.DeviceMinor, facts.Inode),
            facts.Links);
    }

    /// <summary>The kernel's <c>new_encode_dev</c>.</summary>
    private static uint EncodeDevice(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int ReadFacts(int directory, string path, int flags, uint mask, Statx* facts);

    /// <summary><c>struct statx</c>, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(0x10)] public uint Links;
        [FieldOffset(0x14)] public uint User;
        [FieldOffset(0x18)] public uint Group;
        [FieldOffset(0x1c)] public ushort Mode;
        [FieldOffset(0x20)] public ulong Inode;
        [FieldOffset(0x28)] public ulong Size;
        [FieldOffset(0x70)] public long ModifiedSeconds;
        [FieldOffset(0x78)] public uint ModifiedNanoseconds;
        [FieldOffset(0x80)] public uint RepresentedMajor;
        [FieldOffset(0x84)] public uint RepresentedMinor;
        [FieldOffset(0x88)] public uint DeviceMajor;
        [FieldOffset(0x8c)] public uint DeviceMinor;
    }
}
