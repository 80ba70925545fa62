namespace Sandbox.Silo.Containers;

/// <summary>
/// The files that runsc wrote of a container: the kernel's state, and the memory's pages, of which files of the guest are a part. Uncompressed:
/// runsc's compression makes 200 MB a third smaller and twenty times slower.
/// </summary>
/// <param name="Directory">Where they lie; absolute.</param>
/// <param name="Bytes">Their sizes together.</param>
internal sealed record CheckpointImage(string Directory, long Bytes)
{
    /// <summary>Names of the files, all of which a restore needs.</summary>
    public static IReadOnlyList<string> FileNames { get; } = ["checkpoint.img", "pages_meta.img", "pages.img"];

    /// <summary>Looks at an image; null where it is not whole.</summary>
    public static CheckpointImage? TryOpen(string directory)
    {
        var files = FileNames.Select(name => new FileInfo(Path.Combine(directory, name))).ToList();
        // The pages of a guest can be none; without state there is nothing to restore.
        return files.TrueForAll(file => file.Exists) && files[0].Length > 0 && files[1].Length > 0
            ? new CheckpointImage(Path.GetFullPath(directory), files.Sum(file => file.Length))
            : null;
    }
}
