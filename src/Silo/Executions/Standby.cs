using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Executions;

/// <summary>
/// Keeps one thing ready, in a place of the pool, so the admission stays one: one that is taken, ends, or has to make room is replaced once nothing
/// else is being started.
/// </summary>
/// <typeparam name="T">What is kept.</typeparam>
/// <param name="pool">Gives the place.</param>
/// <param name="make">Makes one.</param>
/// <param name="ended">Completes when one has ended by whatever cause.</param>
/// <param name="time">The clock.</param>
/// <param name="failed">Told what went wrong, and the pause until the next try.</param>
internal sealed class Standby<T>(
    WarmPool<StartedSandbox> pool, Func<CancellationToken, Task<T>> make, Func<T, Task> ended, TimeProvider time, Action<Exception, TimeSpan> failed)
    where T : class, IAsyncDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private T? _ready;
    private TaskCompletionSource? _taken;

    /// <summary>Whether one is ready.</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate) return _ready is not null;
        }
    }

    /// <summary>Takes the one that is ready, if it fits. It is the caller's then, who was admitted by the pool.</summary>
    public T? TryTake(Func<T, bool> fits)
    {
        lock (_gate)
        {
            if (_ready is not { } ready || ended(ready).IsCompleted || !fits(ready)) return null;
            _ready = null;
            _taken!.SetResult();
            return ready;
        }
    }

    /// <summary>Keeps one until it is cancelled. Never fails.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        var pause = _firstPause;

        // Looked at here too: what cannot be made may say so before it looks, and a place that is free is given at once.
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var place = await pool.ReserveAsync(cancellationToken);
                var made = await make(cancellationToken);
                place.Started();
                pause = _firstPause;
                if (!await IsTakenAsync(made, place, cancellationToken)) await made.DisposeAsync();
                continue;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                failed(e, pause);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, pause.Ticks * 2));
        }
    }

    /// <summary>Offers one.</summary>
    /// <returns>Whether it was taken; else it is to go.</returns>
    private async Task<bool> IsTakenAsync(T made, PoolPlace place, CancellationToken cancellationToken)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) (_ready, _taken) = (made, taken);
        await ((Task)Task.WhenAny(taken.Task, ended(made), place.Wanted)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (_ready != made) return true;
            _ready = null;
            return false;
        }
    }
}
