namespace Sandbox.Silo.Containers.Images;

/// <summary>The type in a file's mode.</summary>
internal enum FileKind : ushort
{
    /// <summary>No file.</summary>
    None = 0,

    /// <summary>A FIFO.</summary>
    Pipe = 0x1000,

    /// <summary>A character device; 0/0 is a whiteout.</summary>
    CharacterDevice = 0x2000,

    /// <summary>A directory.</summary>
    Directory = 0x4000,

    /// <summary>A block device.</summary>
    BlockDevice = 0x6000,

    /// <summary>A regular file.</summary>
    Regular = 0x8000,

    /// <summary>A symbolic link.</summary>
    Link = 0xa000,

    /// <summary>A socket.</summary>
    Socket = 0xc000,
}
