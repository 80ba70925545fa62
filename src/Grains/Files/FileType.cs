namespace Sandbox.Grains.Files;

/// <summary>What a path names.</summary>
[GenerateSerializer, Alias("file-type")]
public enum FileType
{
    /// <summary>None of the others: a device.</summary>
    Other = 0,

    /// <summary>A regular file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A symbolic link.</summary>
    Link = 3,

    /// <summary>A FIFO.</summary>
    Fifo = 4,

    /// <summary>A socket.</summary>
    Socket = 5,
}
