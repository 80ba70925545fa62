using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Storage;

/// <summary>Where a store of blobs is: in a directory, or in a bucket of Cloud Storage.</summary>
internal sealed record BlobLocation
{
    private const string Scheme = "gs://";
    private const int LongestPrefix = 200;

    private BlobLocation()
    {
    }

    /// <summary>The directory, or null.</summary>
    public string? Directory { get; private init; }

    /// <summary>The bucket, or null.</summary>
    public string? Bucket { get; private init; }

    /// <summary>What the names of the bucket's objects begin with: empty, or one that ends with a slash.</summary>
    public string Prefix { get; private init; } = "";

    /// <summary>Reads <c>DIRECTORY</c>, <c>gs://BUCKET</c> or <c>gs://BUCKET/PREFIX</c>; null when it is none of them.</summary>
    public static BlobLocation? Parse(string text)
    {
        if (text.Length == 0) return null;
        if (!text.StartsWith(Scheme, StringComparison.Ordinal)) return text.Contains("://", StringComparison.Ordinal) ? null : new BlobLocation { Directory = text };
        var slash = text.IndexOf('/', Scheme.Length);
        var bucket = slash < 0 ? text[Scheme.Length..] : text[Scheme.Length..slash];
        var prefix = slash < 0 ? "" : text[(slash + 1)..].TrimEnd('/');
        return IsBucket(bucket) && (prefix.Length == 0 || (prefix.Length <= LongestPrefix && BlobName.IsValid(prefix)))
            ? new BlobLocation { Bucket = bucket, Prefix = prefix.Length == 0 ? "" : prefix + "/" }
            : null;
    }

    /// <summary>Opens the store, which the caller disposes of, and looks whether it can be used.</summary>
    /// <param name="gcs">How Cloud Storage is reached.</param>
    /// <param name="spool">Where one server alone, which may use a mounted bucket, keeps content that is still coming; null when several use the store.</param>
    /// <param name="time">The store's clock.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DataDirectoryException">The directory cannot be used.</exception>
    /// <exception cref="GcsException">The bucket cannot be used.</exception>
    public async Task<IBlobStore> OpenAsync(GcsOptions gcs, string? spool, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Bucket is not null) return await GcsBlobStore.OpenAsync(Bucket, Prefix, gcs, time, cancellationToken);
        if (DirectoryBlobStore.TryOpen(Directory!, time, out var lack) is { } store) return store;
        return spool is null ? throw DirectoryProbe.Refused(Directory!, lack!) : new MountedBlobStore(Directory!, spool, time);
    }

    /// <summary>Cloud Storage's rule, as far as a URL needs it: Cloud Storage has the last word.</summary>
    private static bool IsBucket(string name) =>
        name.Length is >= 3 and <= 222 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
}
