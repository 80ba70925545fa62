using System.Security.Cryptography;
using Sandbox.TestServer;

namespace Sandbox.Cluster.Tests.Hosting;

/// <summary>Silos of one cluster, each in a process and with a data directory of its own, on one store of blobs; all goes with its test.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    // Of its own, so that what names a silo's data directory is that silo's.
    private readonly string _store = SandboxServer.CreateDataDirectory();
    private readonly List<string> _data = [];
    private readonly List<SandboxServer> _servers = [];
    private readonly string[] _membership;
    private string _lease = "00:01:00";

    /// <param name="membership">How members find each other: arguments for silos and gateways.</param>
    public TestCluster(params string[] membership)
    {
        _membership = membership;
        File.WriteAllBytes(KeyFile, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The silos that were started, in their order.</summary>
    public List<SandboxServer> Silos { get; } = [];

    private string KeyFile => Path.Combine(_store, "shared-key");

    /// <summary>A cluster whose members are listed in a database. None of them is lost, also where this machine lets one wait for long.</summary>
    public static TestCluster Of(string database) => new("--Cluster:PostgreSql", database, "--Cluster:DeadAfter", "00:01:00");

    /// <summary>One that loses silos, and is quick to notice.</summary>
    public static TestCluster ThatLosesSilos(string database) => new("--Cluster:PostgreSql", database, "--Cluster:DeadAfter", "00:00:08") { _lease = "00:00:10" };

    /// <summary>Starts silos, all at once.</summary>
    public async Task StartAsync(int count, params string[] arguments) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => AddAsync(arguments)));

    /// <summary>Starts one more silo.</summary>
    public async Task<SandboxServer> AddAsync(params string[] arguments)
    {
        var data = SandboxServer.CreateDataDirectory();
        lock (_data) _data.Add(data);
        var silo = await SandboxServer.StartOnAsync(data, SiloArguments(arguments));
        lock (_data)
        {
            _servers.Add(silo);
            Silos.Add(silo);
        }

        return silo;
    }

    /// <summary>Starts a gateway alone.</summary>
    public async Task<SandboxServer> AddGatewayAsync(params string[] arguments)
    {
        var gateway = await SandboxServer.StartGatewayAsync([.. _membership, .. arguments]);
        lock (_data) _servers.Add(gateway);
        return gateway;
    }

    /// <summary>What a silo is told.</summary>
    public string[] SiloArguments(params string[] arguments) =>
    [
        .. _membership, "--blobs", Path.Combine(_store, "blobs"), "--Checkpoints:KeyFile", KeyFile, "--Pool:Size", "0", "--Pool:Created", "0",
        "--Lease:Length", _lease, "--Lease:Margin", "00:00:02", .. arguments,
    ];

    /// <summary>How many containers a silo has.</summary>
    public static int ContainersOf(SandboxServer silo) => Traces.Of(silo.DataDirectory, silo.ProcessId).Cgroups.Select(Path.GetFileName).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Whether a sandbox's head names a silo.</summary>
    public bool Holds(SandboxServer silo, string id) => File.ReadAllText(Path.Combine(_store, "blobs", "names", "default", "heads", id + "@"))
        .Contains(File.ReadLines(Path.Combine(silo.DataDirectory, "host")).First(), StringComparison.Ordinal);

    /// <summary>Waits for something.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, int seconds = 60)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(seconds), $"It did not come to pass that {what}.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // What each said, for whoever has to find out why a test failed.
        foreach (var server in _servers) TestContext.Current.TestOutputHelper?.WriteLine($"{server.DataDirectory} {server.Address}\n{server.Log}");
        await Task.WhenAll(_servers.Select(async server => await server.DisposeAsync()));
        foreach (var directory in _data) await SandboxServer.RemoveDataDirectoryAsync(directory);
        Directory.Delete(_store, recursive: true);
    }
}
