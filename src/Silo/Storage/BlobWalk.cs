using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>The names of blobs below a directory that begin with a prefix and stand behind another name, in ordinal order.</summary>
internal sealed class BlobWalk(string root, string prefix, string? after)
{
    /// <summary>The names. A directory is read when the walk comes to it; no file is opened.</summary>
    public IEnumerable<string> Names()
    {
        // Whole directories of the prefix are walked into at once. What can be no blob's name leads nowhere: not out of the store either.
        var slash = prefix.LastIndexOf('/');
        return slash < 0 ? Below("") : BlobName.IsValid(prefix[..slash]) ? Below(prefix[..(slash + 1)]) : [];
    }

    private IEnumerable<string> Below(string directory)
    {
        var pending = new Stack<IEnumerator<string>>();
        pending.Push(Entries(directory));
        while (pending.TryPeek(out var entries))
        {
            if (!entries.MoveNext())
            {
                pending.Pop();
            }
            else if (entries.Current.EndsWith('/'))
            {
                pending.Push(Entries(entries.Current));
            }
            else
            {
                yield return entries.Current;
            }
        }
    }

    private IEnumerator<string> Entries(string directory) =>
        BlobPaths.Keys(Path.Combine(root, directory), LeastKey(directory)).Select(key => directory + key).Where(MayHold).GetEnumerator();

    private string LeastKey(string directory)
    {
        if (after is null || !after.StartsWith(directory, StringComparison.Ordinal)) return "";
        var slash = after.IndexOf('/', directory.Length);
        return slash < 0 ? after[directory.Length..] : after[directory.Length..slash];
    }

    private bool MayHold(string name)
    {
        var below = name.EndsWith('/');
        var begins = name.StartsWith(prefix, StringComparison.Ordinal) || (below && prefix.StartsWith(name, StringComparison.Ordinal));
        return begins
            && (after is null || string.CompareOrdinal(name, after) > 0 || (below && after.StartsWith(name, StringComparison.Ordinal)));
    }
}
