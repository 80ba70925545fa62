using Microsoft.Extensions.Options;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Executions;

/// <summary>
/// Keeps, for each of the <see cref="PoolOptions.Snapshots"/> stacks of layers that were used, or made here, last, a sandbox of the usual size started, and where
/// <see cref="PoolOptions.Created"/> is above 0 a container created for checkpoints: so a new sandbox from a snapshot waits no longer than one of the template.
/// </summary>
internal sealed partial class SnapshotStandbys(
    WarmPool<StartedSandbox> pool, SandboxFactory factory, IOptions<SandboxOptions> usual, IOptions<PoolOptions> options, TimeProvider time,
    ILogger<SnapshotStandbys> logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Kept> _kept = [];
    private readonly List<Kept> _ending = [];
    private bool _stopping;

    /// <summary>How many sandboxes are ready.</summary>
    public int Ready
    {
        get
        {
            lock (_gate) return _kept.Count(kept => kept.Started.IsReady);
        }
    }

    /// <summary>For how many stacks something is kept ready.</summary>
    public int Stacks
    {
        get
        {
            lock (_gate) return _kept.Count;
        }
    }

    /// <summary>A started sandbox on a stack, or null. It is the caller's then, who was admitted by the pool.</summary>
    public StartedSandbox? TryTake(LayerDigest chain)
    {
        lock (_gate) return _kept.FirstOrDefault(kept => kept.Chain == chain)?.Started.TryTake(_ => true);
    }

    /// <summary>A container that is as one of this specification would be, or null. It is the caller's then, who was admitted by the pool.</summary>
    public CreatedContainer? TryTake(ContainerSpec spec)
    {
        lock (_gate)
        {
            return _kept.Select(kept => kept.Created?.TryTake(created => CreatedContainers.Fits(created.Container, spec)))
                .FirstOrDefault(created => created is not null)?.Take();
        }
    }

    /// <summary>A stack was used: its like is kept ready from now on, and that of the one used longest ago no more.</summary>
    public void Note(IReadOnlyList<LayerDescriptor> stack) => Note(stack, isUsed: true);

    /// <summary>A stack was made here, and may be used soon. Of those that nobody has used yet only the last made is kept ready: there may be many that nobody ever does.</summary>
    public void NoteMade(IReadOnlyList<LayerDescriptor> stack) => Note(stack, isUsed: false);

    /// <summary>The same, if this host gets it unpacked.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="unpacking">Whether it does.</param>
    public async Task NoteMadeAsync(IReadOnlyList<LayerDescriptor> stack, Task<bool> unpacking)
    {
        if (await unpacking) NoteMade(stack);
    }

    /// <summary>Keeps none any more, and removes those that there are.</summary>
    public async Task StopAsync()
    {
        Kept[] all;
        lock (_gate)
        {
            _stopping = true;
            all = [.. _kept, .. _ending];
        }

        foreach (var kept in all) await kept.Stop.CancelAsync();
        await Task.WhenAll(all.Select(kept => kept.Keeping));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private void Note(IReadOnlyList<LayerDescriptor> stack, bool isUsed)
    {
        var chain = LayerDigest.OfChain(stack.Select(layer => layer.DiffId));
        Kept[] dropped;
        lock (_gate)
        {
            if (_stopping || options.Value.Snapshots == 0) return;
            var kept = _kept.FirstOrDefault(kept => kept.Chain == chain) ?? Begin(chain, stack);
            kept.IsUsed |= isUsed;
            _kept.Remove(kept);
            dropped = [.. _kept.Where(other => !isUsed && !other.IsUsed), .. _kept.Where(other => isUsed || other.IsUsed).Skip(options.Value.Snapshots - 1)];
            foreach (var other in dropped) _kept.Remove(other);
            _kept.AddFirst(kept);
            _ending.RemoveAll(ending => ending.Keeping.IsCompleted);
            _ending.AddRange(dropped);
        }

        foreach (var other in dropped) other.Stop.Cancel();
    }

    private Kept Begin(LayerDigest chain, IReadOnlyList<LayerDescriptor> stack)
    {
        var stop = new CancellationTokenSource();
        var started = new Standby<StartedSandbox>(pool, token => factory.StartAsync(usual.Value.Size, stack, token), sandbox => sandbox.Ended, time, Told);
        var created = options.Value.Created == 0
            ? null
            : new Standby<CreatedOnRoot>(pool, token => CreateAsync(stack, token), created => created.Container.Ended, time, Told);
        var keeping = Task.Run(() => Task.WhenAll(started.KeepAsync(stop.Token), created?.KeepAsync(stop.Token) ?? Task.CompletedTask));
        return new Kept(chain, started, created, stop, keeping);

        void Told(Exception error, TimeSpan pause) => Failed(stop, error, pause);
    }

    private async Task<CreatedOnRoot> CreateAsync(IReadOnlyList<LayerDescriptor> stack, CancellationToken cancellationToken)
    {
        var root = await factory.OpenAsync(stack, agentDigest: null, cancellationToken);
        try
        {
            return new CreatedOnRoot(await factory.CreateAsync(root, cancellationToken), root!);
        }
        catch
        {
            root?.Dispose();
            throw;
        }
    }

    // A sandbox starts and wakes without one too, only later.
    private void Failed(CancellationTokenSource stop, Exception error, TimeSpan pause)
    {
        if (error is not SandboxStartException { InnerException: LayerException })
        {
            LogNotKept(error is SandboxStartException ? null : error, error.Message, pause.TotalMilliseconds);
            return;
        }

        // Layers that are gone, or are none, are so at the next try too. Who uses the stack all the same has it kept again.
        lock (_gate)
        {
            if (_kept.FirstOrDefault(kept => kept.Stop == stop) is not { } dropped) return;
            _kept.Remove(dropped);
            _ending.Add(dropped);
        }

        LogDropped(error.Message);
        stop.Cancel();
    }

    [LoggerMessage(111, LogLevel.Warning, "A sandbox from a snapshot could not be kept ready, the next try is in {Pause} ms: {Message}")]
    private partial void LogNotKept(Exception? error, string message, double pause);

    [LoggerMessage(112, LogLevel.Warning, "No sandbox is kept ready any more from a snapshot whose layers cannot be had: {Message}")]
    private partial void LogDropped(string message);

    private sealed record Kept(
        LayerDigest Chain, Standby<StartedSandbox> Started, Standby<CreatedOnRoot>? Created, CancellationTokenSource Stop, Task Keeping)
    {
        /// <summary>Whether a sandbox was started from it, and not only its layers made here.</summary>
        public bool IsUsed { get; set; }
    }

    /// <summary>A created container with what it stands on.</summary>
    private sealed record CreatedOnRoot(CreatedContainer Container, SandboxRoot Root) : IAsyncDisposable
    {
        /// <summary>Gives the container away, to one who has opened the same root.</summary>
        public CreatedContainer Take()
        {
            Root.Dispose();
            return Container;
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await Container.DisposeAsync();
            Root.Dispose();
        }
    }
}
