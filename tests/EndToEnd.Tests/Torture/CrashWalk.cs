using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>One data directory on which server after server dies.</summary>
internal sealed class CrashWalk : IAsyncDisposable
{
    private static readonly TimeSpan DiesWithin = TimeSpan.FromSeconds(40);

    private readonly string _name;
    private readonly ITestOutputHelper _output;
    private readonly string _data = SandboxServer.CreateDataDirectory();
    private readonly FaultFile _faults = new();
    private SandboxServer? _server;
    private int _steps;

    private CrashWalk(string name, ITestOutputHelper output) => (_name, _output) = (name, output);

    private SandboxServer Server => _server ?? throw new InvalidOperationException("No server runs.");

    public static async Task<CrashWalk> BeginAsync(string name, ITestOutputHelper output)
    {
        var walk = new CrashWalk(name, output);
        try
        {
            await walk.StartAsync();
            return walk;
        }
        catch
        {
            await walk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has the server die once, and looks at what its successor finds.</summary>
    public async Task StepAsync(Crash crash)
    {
        var began = TimeProvider.System.GetTimestamp();
        var scene = new CrashScene($"{_name}-{++_steps}", crash);
        try
        {
            await using (var hub = await HubClient.ConnectAsync(Server.Address))
            {
                await scene.PrepareAsync(hub);
                _faults.DieAt(crash.At);
                await Task.WhenAll(AskAsync(scene, hub), Server.EndedAsync(DiesWithin));
            }

            _faults.Clear();
            await Server.DisposeAsync();
            await StartAsync();
            AssertNothingRuns();
            await using var again = await HubClient.ConnectAsync(Server.Address);
            await scene.CheckAsync(again);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{crash}: {e.Message}\nThe server said:\n{_server?.Log}", e);
        }

        _output.WriteLine($"{crash}: {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    /// <summary>Hours later nothing is left of all that.</summary>
    public async Task EndAsync()
    {
        Assert.Equal(0, await Server.StopAsync());
        await Server.DisposeAsync();
        await StartAsync("--Faults:ClockOffset", "07:00:00");
        var began = TimeProvider.System.GetTimestamp();
        while (Unswept() is { Count: > 0 } left)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), string.Join('\n', left));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await Server.StopAsync());
        var traces = Traces.Of(_data);
        Assert.Empty(traces.Processes);
        Assert.Empty(traces.Mounts);
        Assert.Empty(traces.Cgroups);
    }

    public async ValueTask DisposeAsync()
    {
        _faults.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await SandboxServer.RemoveDataDirectoryAsync(_data);
    }

    private async Task StartAsync(params string[] arguments) =>
        _server = await SandboxServer.StartOnAsync(_data, ["--Pool:Size", "0", "--Pool:Created", "0", .. _faults.Arguments, .. arguments]);

    private static async Task AskAsync(CrashScene scene, HubClient hub)
    {
        try
        {
            await scene.ActAsync(hub);
        }
        catch (Exception e) when (e is Microsoft.AspNetCore.SignalR.HubException || HubClient.IsLoss(e))
        {
            // The server has died meanwhile, or is about to.
        }
    }

    /// <summary>Before anything is asked of the successor.</summary>
    private void AssertNothingRuns()
    {
        var traces = Traces.Of(_data, Server.ProcessId);
        Assert.Empty(traces.Processes);
        Assert.Empty(traces.Mounts);
        Assert.Empty(traces.Cgroups);
        Assert.DoesNotContain(traces.Files, file => file.Contains("unfinished-", StringComparison.Ordinal) || file.Contains("/output/", StringComparison.Ordinal));
    }

    /// <summary>What keeps a save that was only slow from being finished after it was swept.</summary>
    private static bool IsMark(string manifest) => File.ReadAllText(manifest).Contains("abandoned", StringComparison.Ordinal);

    private List<string> Unswept()
    {
        var blobs = Path.Combine(_data, "blobs");
        return
        [
            .. Directory.EnumerateFiles(Path.Combine(blobs, "temporary")),
            .. Directory.EnumerateFiles(Path.Combine(blobs, "names"), "*", SearchOption.AllDirectories)
                .Where(file => file.Contains("parts/", StringComparison.Ordinal) || file.Contains("/part-", StringComparison.Ordinal)
                    || (file.Contains("/checkpoints/", StringComparison.Ordinal) && !IsMark(file))),
        ];
    }
}
