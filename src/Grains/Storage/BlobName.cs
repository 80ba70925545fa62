namespace Sandbox.Grains.Storage;

/// <summary>
/// The rule for blob names: 1 to 512 characters, segments of <c>[A-Za-z0-9._=-]</c> parted by single slashes, none of them <c>.</c> or
/// <c>..</c> and none longer than 200 characters, so that a name is the same thing in a directory and in a bucket.
/// </summary>
public static class BlobName
{
    /// <summary>Returns the name when it is valid.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static string Check(string name) =>
        IsValid(name)
            ? name
            : throw new ArgumentException($"'{name}' is not a blob name: segments of [A-Za-z0-9._=-] parted by '/', 512 characters at most.", nameof(name));

    /// <summary>Whether a name follows the rule.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= 512 && name.Split('/').All(IsSegment);

    private static bool IsSegment(string segment) =>
        segment.Length is > 0 and <= 200 && segment is not ("." or "..")
        && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '=' or '-');
}
