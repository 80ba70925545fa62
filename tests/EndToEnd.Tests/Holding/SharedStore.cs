using System.Security.Cryptography;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>One store of blobs and one key for checkpoints, for two servers with a data directory each; all goes with its test.</summary>
internal sealed class SharedStore : IAsyncDisposable
{
    // Of its own, so that what names a server's data directory is that server's.
    private readonly string _store = SandboxServer.CreateDataDirectory();
    private readonly string _key;
    private readonly string[] _blobs;

    /// <param name="blobs">Where the blobs are, and further arguments; a directory if there are none.</param>
    public SharedStore(params string[] blobs)
    {
        _blobs = blobs.Length > 0 ? blobs : [Path.Combine(_store, "blobs")];
        _key = Path.Combine(_store, "shared-key");
        File.WriteAllBytes(_key, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The first server's data directory.</summary>
    public string One { get; } = SandboxServer.CreateDataDirectory();

    /// <summary>The second server's.</summary>
    public string Two { get; } = SandboxServer.CreateDataDirectory();

    /// <summary>Starts a server on one of the directories.</summary>
    /// <param name="data">The directory.</param>
    /// <param name="arguments">Further arguments.</param>
    public Task<SandboxServer> StartAsync(string data, params string[] arguments) => SandboxServer.StartOnAsync(
        data,
        [
            "--shared-store", "true", "--Checkpoints:KeyFile", _key, "--Pool:Size", "0", "--Pool:Created", "0",
            "--Lease:Length", "00:00:06", "--Lease:Margin", "00:00:01", "--blobs", .. _blobs, .. arguments,
        ]);

    public async ValueTask DisposeAsync()
    {
        foreach (var directory in new[] { One, Two, _store }) await SandboxServer.RemoveDataDirectoryAsync(directory);
    }
}
