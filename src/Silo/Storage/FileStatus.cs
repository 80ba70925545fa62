namespace Sandbox.Silo.Storage;

/// <summary>What a file is and whose.</summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="User">The owner's uid.</param>
/// <param name="DeviceMajor">Of a device file.</param>
/// <param name="DeviceMinor">Of a device file.</param>
/// <param name="Size">Bytes of a file's content.</param>
internal readonly record struct FileStatus(uint Mode, uint User, uint DeviceMajor, uint DeviceMinor, long Size)
{
    public bool IsDirectory => (Mode & Posix.TypeMask) == Posix.TypeDirectory;

    public bool IsRegular => (Mode & Posix.TypeMask) == Posix.TypeRegular;

    /// <summary>Whether it is a 0/0 character device, which says that the name is deleted.</summary>
    public bool IsWhiteout => (Mode & Posix.TypeMask) == Posix.TypeCharacterDevice && DeviceMajor == 0 && DeviceMinor == 0;
}
