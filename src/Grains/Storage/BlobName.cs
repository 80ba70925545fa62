using System.Text.RegularExpressions;

namespace Sandbox.Grains.Storage;

/// <summary>
/// The rule for blob names: 1 to 512 characters, segments of <c>[A-Za-z0-9._=-]</c> parted by single slashes, none of them <c>.</c> or
/// <c>..</c> and none longer than 200 characters, so that a name is the same thing in a directory and in a bucket.
/// </summary>
public static partial class BlobName
{
    /// <summary>Returns the name when it is valid.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static string Check(string name) =>
        name.Length <= 512 && Pattern().IsMatch(name)
            ? name
            : throw new ArgumentException($"'{name}' is not a blob name: segments of [A-Za-z0-9._=-] parted by '/', 512 characters at most.", nameof(name));

    [GeneratedRegex(@"\A(?!\.{1,2}(/|\z))[A-Za-z0-9._=-]{1,200}(/(?!\.{1,2}(/|\z))[A-Za-z0-9._=-]{1,200})*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
