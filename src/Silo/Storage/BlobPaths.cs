using System.IO.Enumeration;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Where a blob's file is: <c>a/b/c</c> is the file <c>c@</c> in the directories <c>a/b</c>, or several that begin so. The <c>@</c>, which no blob name has,
/// keeps a blob and the directory of blobs below its name apart.
/// </summary>
internal static class BlobPaths
{
    public const char Mark = '@';

    public static string File(string root, string name) => Path.Combine(root, name) + Mark;

    /// <summary>The entries of one directory in the order of the names that they lead to.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="least">Blobs whose keys stand before this are left out.</param>
    /// <returns>Keys: a blob's last segment, or a directory's name with a slash. Empty when there is no such directory.</returns>
    public static List<string> Keys(string directory, string least)
    {
        var keys = new List<string>();
        try
        {
            // The kind is known from the directory's entry: nothing is opened or looked up.
            keys.AddRange(new FileSystemEnumerable<string>(
                directory,
                (ref entry) => entry.IsDirectory ? string.Concat(entry.FileName, "/") : entry.FileName[..entry.FileName.IndexOf(Mark)].ToString(),
                new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
            {
                // Whoever asks for the last page of thousands does not have all of them made strings and sorted.
                ShouldIncludePredicate = (ref entry) =>
                    entry.IsDirectory || (entry.FileName.IndexOf(Mark) is >= 0 and var mark && entry.FileName[..mark].SequenceCompareTo(least) >= 0),
            });
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }

        // A directory sorts with its slash, as the whole names below it do, so that walking in this order gives the ordinal order of names.
        keys.Sort(StringComparer.Ordinal);
        return [.. keys.Where((key, i) => i == 0 || !string.Equals(key, keys[i - 1], StringComparison.Ordinal))];
    }
}
