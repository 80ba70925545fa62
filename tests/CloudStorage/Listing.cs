using System.Text;

namespace Sandbox.CloudStorage;

/// <summary>A page of a bucket's objects, and of the prefixes that stand for those below a delimiter.</summary>
internal static class Listing
{
    private const int PageLength = 1000;

    public static object Of(Bucket bucket, Query query)
    {
        var (prefix, delimiter) = (query.Text("prefix") ?? "", query.Text("delimiter"));
        var token = query.Text("pageToken") is { } text ? Encoding.UTF8.GetString(Convert.FromBase64String(text)) : null;
        var length = Math.Min((int)(query.Number("maxResults") ?? PageLength), PageLength);
        var entries = bucket.Objects
            .Where(item => item.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(item.Name, query.Text("startOffset")) >= 0)
            .Where(item => query.Text("endOffset") is not { Length: > 0 } end || string.CompareOrdinal(item.Name, end) < 0)
            .Select(item => (Item: item, Folder: Folder(item.Name, prefix, delimiter)))
            .DistinctBy(entry => entry.Folder ?? entry.Item.Name)
            .SkipWhile(entry => token is not null && string.CompareOrdinal(entry.Folder ?? entry.Item.Name, token) <= 0)
            .Take(length + 1)
            .ToList();
        var page = entries.Take(length).ToList();
        var last = page.Count > 0 && entries.Count > length ? page[^1].Folder ?? page[^1].Item.Name : null;
        var folders = page.Where(entry => entry.Folder is not null).Select(entry => entry.Folder).ToList();
        return new
        {
            kind = "storage#objects",
            nextPageToken = last is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(last)),
            prefixes = folders.Count == 0 ? null : folders,
            items = page.Where(entry => entry.Folder is null).Select(entry => entry.Item.Describe(bucket.Name)),
        };
    }

    private static string? Folder(string name, string prefix, string? delimiter)
    {
        var at = string.IsNullOrEmpty(delimiter) ? -1 : name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : name[..(at + delimiter!.Length)];
    }
}
