using Sandboxes.Tests.Server;

namespace Sandboxes.Cli.Tests;

/// <summary>A scripted server with a sandbox called box, and the command line against it.</summary>
public abstract class CliTest : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _things = [];

    private protected ScriptedServer Server { get; private set; } = null!;

    private protected ScriptedWorld World => Server.World;

    private protected ScriptedSandbox Box => World.Sandboxes["box"];

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Server = await ScriptedServer.StartAsync();
        World.Sandboxes["box"] = new ScriptedSandbox("box", "");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        for (var i = _things.Count - 1; i >= 0; i--) await _things[i].DisposeAsync();
        await Server.DisposeAsync();
    }

    private protected T Own<T>(T thing)
        where T : IAsyncDisposable
    {
        _things.Add(thing);
        return thing;
    }

    /// <summary>Starts the command line in a process of its own.</summary>
    private protected CliProcess Start(params string[] words) => Own(new CliProcess(Server.Address, words));

    /// <summary>Runs it to its end.</summary>
    private protected async Task<(int Code, string Out, string Error)> RunAsync(params string[] words)
    {
        var run = Start(words);
        run.Input.Close();
        return await run.EndAsync(Cancel);
    }

    /// <summary>Waits until a program has been started.</summary>
    private protected async Task<ScriptedProcess> ProgramAsync() => await UntilAsync(() => Box.Processes.Values.SingleOrDefault());

    /// <summary>Waits for a condition; the test's own time limit is the deadline.</summary>
    private protected static async Task<T> UntilAsync<T>(Func<T?> condition)
        where T : class
    {
        while (true)
        {
            if (condition() is { } met) return met;
            await Task.Delay(10, Cancel);
        }
    }
}
