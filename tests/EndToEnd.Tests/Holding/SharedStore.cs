using System.Security.Cryptography;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>One store of blobs and one key for checkpoints, for two servers with a data directory each; all goes with its test.</summary>
internal sealed class SharedStore : IDisposable
{
    private readonly string _key;

    public SharedStore()
    {
        _key = Path.Combine(One, "shared-key");
        File.WriteAllBytes(_key, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The first server's data directory, in which the store is too.</summary>
    public string One { get; } = SandboxServer.CreateDataDirectory();

    /// <summary>The second server's.</summary>
    public string Two { get; } = SandboxServer.CreateDataDirectory();

    /// <summary>Starts a server on one of the directories.</summary>
    public Task<SandboxServer> StartAsync(string data) => SandboxServer.StartOnAsync(
        data, "--shared-store", "true", "--blobs", Path.Combine(One, "blobs"), "--Checkpoints:KeyFile", _key, "--Pool:Size", "0",
        "--Lease:Length", "00:00:06", "--Lease:Margin", "00:00:01");

    public void Dispose()
    {
        Directory.Delete(One, recursive: true);
        Directory.Delete(Two, recursive: true);
    }
}
