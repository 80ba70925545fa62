using System.Net;
using System.Text.Json;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>What an answer that is none of those hoped for means.</summary>
internal static class GcsErrors
{
    private const int LongestWords = 500;

    /// <summary>Whether asking again later may help.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">The answer.</param>
    public static bool IsTransient(HttpStatusCode status, byte[] body) => (int)status switch
    {
        408 or 429 or >= 500 => true,

        // Rates are also told in this way; a quota of a day is not, since no retry lives to see the next.
        403 => IsRate(Parse(body).Reason),
        _ => false,
    };

    /// <summary>Whether the request may have been carried out all the same.</summary>
    public static bool IsUnsure(HttpStatusCode status) => (int)status is 408 or >= 500;

    /// <summary>Whether a 404 is about the bucket and not about the object.</summary>
    public static bool IsBucketMissing(byte[] body) => Parse(body).Words.Contains("bucket does not exist", StringComparison.OrdinalIgnoreCase);

    /// <summary>The exception that tells of an answer.</summary>
    /// <param name="bucket">The bucket, for the message.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">The answer, which need not be JSON.</param>
    public static GcsException Of(string bucket, HttpStatusCode status, byte[] body)
    {
        var (reason, words) = Parse(body);
        return (int)status switch
        {
            404 => new GcsException(
                GcsFailure.BucketMissing, $"The bucket {bucket} does not exist. Create it, or name another by --blobs gs://BUCKET. ({words})"),
            401 => new GcsException(
                GcsFailure.NotAuthenticated, $"Cloud Storage refuses the credentials. Set Gcs:KeyFile, or renew what Application Default Credentials find. ({words})"),
            429 => OverQuota(),
            403 when IsRate(reason) || reason.Contains("quota", StringComparison.OrdinalIgnoreCase) || reason.EndsWith("LimitExceeded", StringComparison.Ordinal) => OverQuota(),
            403 => new GcsException(
                GcsFailure.NotAllowed,
                $"Not allowed in the bucket {bucket}. Grant the server's account the role Storage Object User (roles/storage.objectUser) on it. ({words})"),
            408 or >= 500 => new GcsException(GcsFailure.Unavailable, $"Cloud Storage failed with status {(int)status} for as long as it was tried. ({words})"),
            _ => new GcsException(GcsFailure.Refused, $"Cloud Storage refused a request to the bucket {bucket} with status {(int)status}. ({words})"),
        };

        GcsException OverQuota() => new(
            GcsFailure.OverQuota, $"A quota or rate of Cloud Storage is used up for the bucket {bucket}. Wait, or have the quota of its project raised. ({words})");
    }

    /// <summary>The reason and the words of an answer; its first characters where it is no error of the JSON API.</summary>
    public static (string Reason, string Words) Parse(byte[] body)
    {
        try
        {
            var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
            var reason = error.TryGetProperty("errors", out var errors) && errors.GetArrayLength() > 0 ? errors[0].GetProperty("reason").GetString() : "";
            return (reason ?? "", Short(error.GetProperty("message").GetString() ?? ""));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("", Short(System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, LongestWords)))));
        }
    }

    private static bool IsRate(string reason) => reason is "rateLimitExceeded" or "userRateLimitExceeded";

    /// <summary>In one line that a log can show.</summary>
    private static string Short(string words)
    {
        var line = string.Concat(words.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length == 0 ? "no words" : line.Length > LongestWords ? line[..LongestWords] + "..." : line;
    }
}
