using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage.Gcs;

/// <summary>What needs no network: pauses, the meaning of answers, settings.</summary>
public sealed class GcsRulesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Pauses_grow_to_their_longest_and_no_two_callers_have_the_same()
    {
        Assert.Equal(TimeSpan.FromSeconds(0.125), GcsBackoff.Pause(0, TimeSpan.Zero, s_patience, null, 0));
        Assert.Equal(TimeSpan.FromSeconds(0.25), GcsBackoff.Pause(0, TimeSpan.Zero, s_patience, null, 1));
        Assert.Equal(TimeSpan.FromSeconds(1.5), GcsBackoff.Pause(3, TimeSpan.Zero, s_patience, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(8), GcsBackoff.Pause(int.MaxValue, TimeSpan.Zero, s_patience, null, 1));
    }

    [Fact]
    public void A_pause_is_as_long_as_the_answer_asks_and_ends_within_the_patience()
    {
        Assert.Equal(TimeSpan.FromSeconds(20), GcsBackoff.Pause(0, TimeSpan.Zero, s_patience, TimeSpan.FromSeconds(20), 1));
        Assert.Null(GcsBackoff.Pause(0, TimeSpan.FromSeconds(11), s_patience, TimeSpan.FromSeconds(20), 1));
        Assert.Null(GcsBackoff.Pause(0, TimeSpan.Zero, TimeSpan.Zero, null, 0));
    }

    [Theory]
    [InlineData(404, "notFound", "The specified bucket does not exist.", "BucketMissing", "Create it")]
    [InlineData(401, "authError", "Invalid Credentials", "NotAuthenticated", "Gcs:KeyFile")]
    [InlineData(403, "forbidden", "x does not have storage.objects.list access.", "NotAllowed", "roles/storage.objectUser")]
    [InlineData(403, "quotaExceeded", "The quota is used up.", "OverQuota", "quota")]
    [InlineData(403, "dailyLimitExceeded", "The limit of today.", "OverQuota", "quota")]
    [InlineData(429, "rateLimitExceeded", "Too quick.", "OverQuota", "Wait")]
    [InlineData(503, "backendError", "Down.", "Unavailable", "503")]
    [InlineData(400, "invalid", "No.", "Refused", "400")]
    public void An_error_says_what_is_wrong_and_what_to_do(int status, string reason, string words, string expected, string remedy)
    {
        var error = GcsErrors.Of("sandboxes", (HttpStatusCode)status, Body(status, reason, words));
        Assert.Equal(expected, error.Failure.ToString());
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Message, StartFailure.Explain(error));
    }

    [Theory]
    [InlineData("<html>\r\n\u001b[31mGateway</html>")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"error":"text"}""")]
    [InlineData("""{"error":{"errors":[{}],"message":5}}""")]
    public void An_answer_of_something_else_is_shown_in_one_plain_line(string body)
    {
        var error = GcsErrors.Of("sandboxes", HttpStatusCode.BadRequest, Encoding.UTF8.GetBytes(body));
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.InRange(GcsErrors.Of("sandboxes", HttpStatusCode.BadRequest, new byte[100_000]).Message.Length, 1, 1_000);
    }

    [Theory]
    [InlineData(408, "", true, true)]
    [InlineData(429, "", true, false)]
    [InlineData(500, "", true, true)]
    [InlineData(503, "", true, true)]
    [InlineData(403, "rateLimitExceeded", true, false)]
    [InlineData(403, "forbidden", false, false)]
    [InlineData(412, "conditionNotMet", false, false)]
    [InlineData(400, "invalid", false, false)]
    public void What_may_pass_is_told_from_what_does_not(int status, string reason, bool passes, bool unsure)
    {
        Assert.Equal(passes, GcsErrors.IsTransient((HttpStatusCode)status, Body(status, reason, "words")));
        Assert.Equal(unsure, GcsErrors.IsUnsure((HttpStatusCode)status));
    }

    [Theory]
    [InlineData("/srv/blobs", "/srv/blobs", null, "")]
    [InlineData("blobs", "blobs", null, "")]
    [InlineData("gs://sandboxes", null, "sandboxes", "")]
    [InlineData("gs://sandboxes/", null, "sandboxes", "")]
    [InlineData("gs://sandboxes/test/one/", null, "sandboxes", "test/one/")]
    public void Blobs_are_in_a_directory_or_a_bucket(string text, string? directory, string? bucket, string prefix)
    {
        var location = BlobLocation.Parse(text)!;
        Assert.Equal((directory, bucket, prefix), (location.Directory, location.Bucket, location.Prefix));
        Assert.Empty(new ServerOptions { Blobs = text }.Validate(new ValidationContext(this)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gs://")]
    [InlineData("gs://b")]
    [InlineData("gs://Upper")]
    [InlineData("gs://b/../c")]
    [InlineData("gs://bucket/../c")]
    [InlineData("gs://bucket/a?b")]
    [InlineData("gs://bucket?a")]
    [InlineData("s3://bucket")]
    public void Where_blobs_cannot_be_is_refused_at_start(string text)
    {
        Assert.Null(BlobLocation.Parse(text));
        var refused = Assert.Single(new ServerOptions { Blobs = text }.Validate(new ValidationContext(this)));
        Assert.Matches(@"must be a directory, gs://.*name has 3 to 222", refused.ErrorMessage);
    }

    [Theory]
    [InlineData("https://storage.googleapis.com", GcsCredentials.Default, null, true)]
    [InlineData("http://127.0.0.1:9000/", GcsCredentials.Default, "key", true)]
    [InlineData("http://emulator:9000", GcsCredentials.None, null, true)]
    [InlineData("http://emulator:9000", GcsCredentials.Default, null, false)]
    [InlineData("https://host/path", GcsCredentials.Default, null, false)]
    [InlineData("host", GcsCredentials.Default, null, false)]
    [InlineData("https://storage.googleapis.com", GcsCredentials.MetadataServer, "key", false)]
    public void Settings_that_would_leak_a_token_or_mean_nothing_are_refused(string endpoint, GcsCredentials credentials, string? keyFile, bool valid)
    {
        var options = new GcsOptions { Endpoint = endpoint, Credentials = credentials, KeyFile = keyFile };
        Assert.Equal(valid, !options.Validate(new ValidationContext(options)).Any());
    }

    private static byte[] Body(int status, string reason, string words) => Encoding.UTF8.GetBytes(
        $$$"""{"error":{"code":{{{status}}},"message":"{{{words}}}","errors":[{"reason":"{{{reason}}}","domain":"global"}]}}""");
}
