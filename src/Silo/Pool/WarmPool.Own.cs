using Sandbox.Grains.Execution;

namespace Sandbox.Silo.Pool;

// Sandboxes that the pool does not keep ready, because each is of a size of its own: they count as the pool's own do, and wait for the same room.
internal sealed partial class WarmPool<TSandbox>
{
    private readonly LinkedList<TaskCompletionSource<Rental<TSandbox>.Refused?>> _startsWaiting = [];
    private int _ownStarts;

    /// <summary>
    /// A sandbox that the caller starts, once there is room for it: one that is ready makes room where the host is full. Waits its turn as
    /// <see cref="RentAsync(CancellationToken)"/> does.
    /// </summary>
    /// <param name="start">Starts it. Nothing of it is left when it fails.</param>
    /// <param name="elsewhere">Whether another host has room that this one has not: then nobody waits here. Null where there is no other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Rental<TSandbox>> RentAsync(Func<CancellationToken, Task<TSandbox>> start, Func<bool>? elsewhere, CancellationToken cancellationToken) =>
        RentAsync(() => null, start, elsewhere, cancellationToken);

    /// <summary>The same, or one of those that others keep ready in places of this pool: it is there already, and waits for no turn.</summary>
    /// <param name="take">Takes one that is ready, or gives null. Called with the pool's gate held.</param>
    /// <param name="start">Starts it. Nothing of it is left when it fails.</param>
    /// <param name="elsewhere">Whether another host has room that this one has not: then nobody waits here. Null where there is no other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Rental<TSandbox>> RentAsync(
        Func<TSandbox?> take, Func<CancellationToken, Task<TSandbox>> start, Func<bool>? elsewhere, CancellationToken cancellationToken)
    {
        if (TakeReady(take) is { } ready) return ready;
        if (await AdmitAsync(elsewhere, cancellationToken) is { } refused) return refused;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            var sandbox = await start(stop.Token);
            lock (_gate)
            {
                _ownStarts--;
                BeginCalm();
                StartMissing();
                if (!_stopping.IsCancellationRequested) return new Rental<TSandbox>.Granted(sandbox, Warm: false);
                Track(RemoveAsync(sandbox));
                return Stopping();
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _ownStarts--;
                Gone();
            }

            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested && _stopping.IsCancellationRequested) return Stopping();
            if (e is not SandboxStartException) throw;
            return new Rental<TSandbox>.Refused(new ExecutionRefused
            {
                Reason = RefusalReason.Unavailable,
                Message = $"A sandbox could not be started: {e.Message}",
                RetryAfter = LongestPause,
            });
        }
    }

    /// <summary>One that is ready in a place, which ends by that: it is counted here before it ends there. Where the host is full, that room is of those who wait.</summary>
    private Rental<TSandbox>.Granted? TakeReady(Func<TSandbox?> take)
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || (_alive >= _options.MaxSandboxes && _waiting.Count + _startsWaiting.Count > 0)) return null;
            if (take() is not { } sandbox) return null;
            _alive++;
            BeginCalm();
            return new Rental<TSandbox>.Granted(sandbox, Warm: true);
        }
    }

    private async Task<Rental<TSandbox>.Refused?> AdmitAsync(Func<bool>? elsewhere, CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<Rental<TSandbox>.Refused?>> place;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested) return Stopping();
            if (_startsWaiting.Count >= _options.MaxWaiting) return Overloaded($"{_startsWaiting.Count} requests are waiting for room already.");
            place = _startsWaiting.AddLast(new TaskCompletionSource<Rental<TSandbox>.Refused?>(TaskCreationOptions.RunContinuationsAsynchronously));
            StartMissing();
            if (place.List is not null && _alive >= _options.MaxSandboxes && !AskForPlaces() && _ready.Last is { } spare)
            {
                _ready.RemoveLast();
                Track(MakeRoomAsync(spare.Value));
            }
        }

        try
        {
            return await TurnAsync(place, elsewhere, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.List is not null)
                {
                    _startsWaiting.Remove(place);
                }
                else if (place.Value.Task.Result is null)
                {
                    // Admitted at the last moment.
                    _ownStarts--;
                    Gone();
                }
            }

            if (e is OperationCanceledException) throw;
            return Overloaded($"No room for a sandbox became free within {_options.Wait.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>Before the pool starts its own: what it keeps ready can wait.</summary>
    private void AdmitStarts()
    {
        while (_startsWaiting.First is { } first && _starting + _ownStarts < _options.StartsAtOnce && _alive < _options.MaxSandboxes)
        {
            _startsWaiting.RemoveFirst();
            _ownStarts++;
            _alive++;
            first.Value.SetResult(null);
        }
    }

    private void RefuseStarts()
    {
        foreach (var waiting in _startsWaiting) waiting.SetResult(Stopping());
        _startsWaiting.Clear();
    }
}
