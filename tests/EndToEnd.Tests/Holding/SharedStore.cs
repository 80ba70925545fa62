using System.Security.Cryptography;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>One store of blobs and one key for checkpoints, for two servers with a data directory each; all goes with its test.</summary>
internal sealed class SharedStore : IAsyncDisposable
{
    // Of its own, so that what names a server's data directory is that server's.
    private readonly string _store = SandboxServer.CreateDataDirectory();
    private readonly string _key;

    public SharedStore()
    {
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
            "--shared-store", "true", "--blobs", Path.Combine(_store, "blobs"), "--Checkpoints:KeyFile", _key, "--Pool:Size", "0", "--Pool:Created", "0",
            "--Lease:Length", "00:00:06", "--Lease:Margin", "00:00:01", .. arguments,
        ]);

    public async ValueTask DisposeAsync()
    {
        foreach (var directory in new[] { One, Two, _store }) await SandboxServer.RemoveDataDirectoryAsync(directory);
    }
}
