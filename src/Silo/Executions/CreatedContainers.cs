using Microsoft.Extensions.Options;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Executions;

/// <summary>
/// Keeps <see cref="PoolOptions.Created"/> containers of the usual size created, for checkpoints to be restored into. Each has its place in the pool, so the
/// admission stays one; one that is taken, ends, or has to make room is replaced once nothing else is being started.
/// </summary>
internal sealed partial class CreatedContainers(
    WarmPool<StartedSandbox> pool, SandboxFactory factory, IOptions<PoolOptions> options, TimeProvider time, ILogger<CreatedContainers> logger) : IAsyncDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly LinkedList<(CreatedContainer Container, TaskCompletionSource Taken)> _ready = [];
    private Task _keeping = Task.CompletedTask;

    /// <summary>How many are ready.</summary>
    public int Ready
    {
        get
        {
            lock (_gate) return _ready.Count;
        }
    }

    /// <summary>Begins to keep them. Once.</summary>
    public void Fill()
    {
        lock (_gate) _keeping = Task.WhenAll(Enumerable.Range(0, options.Value.Created).Select(_ => Task.Run(KeepOneAsync)));
    }

    /// <summary>One that is as a container of this specification would be, or null. It is the caller's then, who was admitted by the pool.</summary>
    public CreatedContainer? TryTake(ContainerSpec spec)
    {
        lock (_gate)
        {
            for (var node = _ready.First; node is not null; node = node.Next)
            {
                var (container, taken) = node.Value;
                if (container.Ended.IsCompleted || container.Spec.Limits != spec.Limits || container.Spec.RestoreKey != spec.RestoreKey) continue;
                _ready.Remove(node);
                taken.SetResult();
                return container;
            }

            return null;
        }
    }

    /// <summary>Keeps none any more, and removes those that there are.</summary>
    public async Task StopAsync()
    {
        Task keeping;
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested) _stopping.Cancel();
            keeping = _keeping;
        }

        await keeping;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task KeepOneAsync()
    {
        var pause = _firstPause;
        while (true)
        {
            try
            {
                using var place = await pool.ReserveAsync(_stopping.Token);
                var container = await factory.CreateAsync(_stopping.Token);
                place.Started();
                pause = _firstPause;
                if (!await IsTakenAsync(container, place)) await container.DisposeAsync();
                continue;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                // A sandbox wakes without one too, only later.
                LogNotCreated(e is SandboxStartException ? null : e, e.Message, pause.TotalMilliseconds);
            }

            await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, pause.Ticks * 2));
        }
    }

    /// <summary>Offers one.</summary>
    /// <returns>Whether it was taken; else it is to go.</returns>
    private async Task<bool> IsTakenAsync(CreatedContainer container, PoolPlace place)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<(CreatedContainer, TaskCompletionSource)> node;
        lock (_gate) node = _ready.AddLast((container, taken));
        await ((Task)Task.WhenAny(taken.Task, container.Ended, place.Wanted)).WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (node.List is null) return true;
            _ready.Remove(node);
            return false;
        }
    }

    [LoggerMessage(110, LogLevel.Warning, "A container could not be created ahead, the next try is in {Pause} ms: {Message}")]
    private partial void LogNotCreated(Exception? error, string message, double pause);
}
