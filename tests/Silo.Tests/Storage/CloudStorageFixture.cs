using Sandbox.CloudStorage;
using Sandbox.Silo.Storage.Gcs;

[assembly: AssemblyFixture(typeof(Sandbox.Silo.Tests.Storage.CloudStorageFixture))]

namespace Sandbox.Silo.Tests.Storage;

/// <summary>One Cloud Storage for all tests, each of which has buckets of its own.</summary>
public sealed class CloudStorageFixture : IAsyncLifetime
{
    private static CloudStorageServer? s_server;
    private static int s_buckets;

    public static CloudStorageServer Server => s_server ?? throw new InvalidOperationException("The server has not been started.");

    public static Bucket CreateBucket(TimeProvider? time = null) => Server.CreateBucket($"bucket-{Interlocked.Increment(ref s_buckets)}", time);

    /// <summary>How it is reached, by a client that has patience with a busy machine.</summary>
    internal static GcsOptions Options => new()
    {
        Endpoint = Server.Address.ToString(),
        Credentials = GcsCredentials.None,
        RetryFor = TimeSpan.FromMinutes(1),
    };

    public async ValueTask InitializeAsync() => s_server = await CloudStorageServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
