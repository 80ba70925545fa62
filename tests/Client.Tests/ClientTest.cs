using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

/// <summary>A scripted server, and a sandbox on it.</summary>
public abstract class ClientTest : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _things = [];

    private protected ScriptedServer Server { get; private set; } = null!;

    private protected ScriptedWorld World => Server.World;

    private protected Sandbox Box { get; private set; } = null!;

    private protected ScriptedSandbox Scripted => World.Sandboxes[Box.Id];

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Server = Own(await ScriptedServer.StartAsync());
        Box = Own(await Sandbox.CreateAsync(Server.Address, new CreateOptions { Id = "box" }, Options, Cancel));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        for (var i = _things.Count - 1; i >= 0; i--) await _things[i].DisposeAsync();
    }

    private protected virtual SandboxClientOptions Options => new();

    private protected T Own<T>(T thing)
        where T : IAsyncDisposable
    {
        _things.Add(thing);
        return thing;
    }

    private protected async Task<(SandboxProcess Process, ScriptedProcess Program)> SpawnAsync(StartOptions? options = null)
    {
        var process = Own(await Box.SpawnAsync(["program"], options, Cancel));
        return (process, Scripted.Processes[process.Id]);
    }
}
