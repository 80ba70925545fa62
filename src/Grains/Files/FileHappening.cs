namespace Sandbox.Grains.Files;

/// <summary>What can happen in a directory that is watched.</summary>
[GenerateSerializer, Alias("file-happening")]
public enum FileHappening
{
    /// <summary>Everything from here on is told. The first one.</summary>
    Ready = 0,

    /// <summary>An entry came to be.</summary>
    Created = 1,

    /// <summary>A file's content changed.</summary>
    Modified = 2,

    /// <summary>An entry is gone.</summary>
    Deleted = 3,

    /// <summary>An entry left this name.</summary>
    MovedFrom = 4,

    /// <summary>An entry got this name.</summary>
    MovedTo = 5,

    /// <summary>Rights, owner or times changed.</summary>
    Attributes = 6,

    /// <summary>More happened than could be kept: look for yourself.</summary>
    Overflow = 7,

    /// <summary>The directory itself is gone. The last one.</summary>
    Gone = 8,
}
