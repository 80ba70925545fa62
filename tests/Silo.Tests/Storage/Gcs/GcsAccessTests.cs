using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage.Gcs;

/// <summary>Whose access is used, and what is said when it is not enough. What comes from the environment is looked at in a process of its own.</summary>
public sealed class GcsAccessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestStore _test = new(StoreKind.Gcs);

    public GcsAccessTests() => _test.Bucket!.IsPrivate = true;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string KeyFile => _directory.Below("key.json");

    public void Dispose()
    {
        _test.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_key_file_opens_the_bucket()
    {
        WriteKey();
        using var store = await OpenAsync(options => options.KeyFile = KeyFile);
        Assert.NotNull(await store.PutAsync("a", new MemoryStream([1]), BlobPutOptions.Create, Cancel));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Default", "GOOGLE_APPLICATION_CREDENTIALS", 0)]
    [InlineData("Default", "GCE_METADATA_HOST", 1)]
    [InlineData("MetadataServer", "GCE_METADATA_HOST", 1)]
    public async Task What_the_environment_offers_opens_the_bucket(string credentials, string variable, int tokens)
    {
        WriteKey();
        var before = CloudStorageFixture.Server.Tokens.FromMetadataServer;
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = _directory.Path,
            ["GOOGLE_APPLICATION_CREDENTIALS"] = null,
            [variable] = variable == "GCE_METADATA_HOST" ? CloudStorageFixture.Server.Address.Authority : KeyFile,
        };
        string said;
        do
        {
            using var process = BlobProcess.Start(environment, "put", CloudStorageFixture.Server.Address.ToString(), _test.Location, "a", credentials);
            said = await process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
        }
        // The library waits a second for a metadata server to be there, which on a machine that is busy with tests can be too short.
        while (said.Contains("default credentials were not found", StringComparison.Ordinal));
        Assert.Equal("", said);
        Assert.Equal("below/a", Assert.Single(_test.Bucket!.Objects).Name);
        Assert.Equal(tokens, CloudStorageFixture.Server.Tokens.FromMetadataServer - before);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_credentials_and_with_those_of_nobody_the_start_says_so()
    {
        Assert.Equal(GcsFailure.NotAuthenticated, (await Assert.ThrowsAsync<GcsException>(() => OpenAsync(_ => { }))).Failure);
        var missing = await Assert.ThrowsAsync<GcsException>(() => OpenAsync(options => options.KeyFile = KeyFile));
        Assert.Contains(KeyFile, missing.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(KeyFile, "{}", Cancel);
        await Assert.ThrowsAsync<GcsException>(() => OpenAsync(options => options.KeyFile = KeyFile));
        new Sandbox.CloudStorage.Tokens().WriteKeyFile(KeyFile, CloudStorageFixture.Server.Address);
        Assert.Equal(GcsFailure.NotAuthenticated, (await Assert.ThrowsAsync<GcsException>(() => OpenAsync(options => options.KeyFile = KeyFile))).Failure);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_missing_bucket_and_a_missing_permission_are_told_at_the_start()
    {
        _test.Bucket!.IsPrivate = false;
        var missing = await Assert.ThrowsAsync<GcsException>(() => GcsBlobStore.OpenAsync("no-such-bucket", "", CloudStorageFixture.Options, TimeProvider.System, Cancel));
        Assert.Equal(GcsFailure.BucketMissing, missing.Failure);
        Assert.Contains("no-such-bucket", missing.Message, StringComparison.Ordinal);
        _test.Bucket.Add(new CloudStorage.Fault(CloudStorage.FaultKind.Status) { Status = 403, Reason = "forbidden" });
        Assert.Equal(GcsFailure.NotAllowed, (await Assert.ThrowsAsync<GcsException>(() => OpenAsync(_ => { }))).Failure);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_bucket_that_is_removed_later_is_not_an_empty_one()
    {
        _test.Bucket!.IsPrivate = false;
        CloudStorageFixture.Server.RemoveBucket(_test.Bucket.Name);
        Assert.Equal(GcsFailure.BucketMissing, (await Assert.ThrowsAsync<GcsException>(() => _test.Blobs.FindAsync("a", Cancel))).Failure);
        await Assert.ThrowsAsync<GcsException>(() => _test.Blobs.OpenAsync("a", cancellationToken: Cancel));
        await Assert.ThrowsAsync<GcsException>(() => _test.Blobs.DeleteAsync("a", cancellationToken: Cancel));
        await Assert.ThrowsAsync<GcsException>(() => _test.Blobs.PutAsync("a", new MemoryStream([1]), new(), Cancel));
        await Assert.ThrowsAsync<GcsException>(async () => await _test.Blobs.ListAsync("", cancellationToken: Cancel).ToListAsync(Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_does_not_speak_the_protocol_is_told_as_such()
    {
        // A server, but none of Cloud Storage.
        await using var server = await CloudStorage.CloudStorageServer.StartAsync();
        var options = CloudStorageFixture.Options;
        options.Endpoint = server.Address.ToString();
        Assert.Equal(GcsFailure.BucketMissing, (await Assert.ThrowsAsync<GcsException>(() => GcsBlobStore.OpenAsync("bucket", "", options, TimeProvider.System, Cancel))).Failure);
        await server.DisposeAsync();
        options.RetryFor = TimeSpan.Zero;
        Assert.Equal(GcsFailure.Unavailable, (await Assert.ThrowsAsync<GcsException>(() => GcsBlobStore.OpenAsync("bucket", "", options, TimeProvider.System, Cancel))).Failure);
        Assert.Equal(GcsFailure.Refused, Assert.Throws<GcsException>(() => GcsObject.Parse("<html>"u8.ToArray())).Failure);
    }

    private void WriteKey() => CloudStorageFixture.Server.Tokens.WriteKeyFile(KeyFile, CloudStorageFixture.Server.Address);

    private Task<GcsBlobStore> OpenAsync(Action<GcsOptions> change)
    {
        var options = CloudStorageFixture.Options;
        change(options);
        if (options.KeyFile is not null) options.Credentials = GcsCredentials.Default;
        return GcsBlobStore.OpenAsync(_test.Bucket!.Name, "below/", options, TimeProvider.System, Cancel);
    }
}
