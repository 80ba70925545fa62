namespace Sandboxes.Cli.Connection;

/// <summary>NAME=VALUE words.</summary>
internal static class Pairs
{
    /// <summary>Null when there are none.</summary>
    /// <exception cref="UsageException">One has no name, or no equals sign.</exception>
    public static IReadOnlyDictionary<string, string>? Of(string[]? words, string option)
    {
        if (words is null or []) return null;
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            if (at < 1) throw new UsageException($"{option} takes NAME=VALUE, not '{word}'.");
            pairs[word[..at]] = word[(at + 1)..];
        }

        return pairs;
    }
}
