namespace Sandbox.Silo.Pool;

// Room for what is kept ready beside the pool's sandboxes: it counts as they do, is given when nobody waits, nothing is being started and what was
// handed out last has begun its work, and is asked back as soon as somebody finds the host full.
internal sealed partial class WarmPool<TSandbox>
{
    private readonly LinkedList<TaskCompletionSource<PoolPlace>> _placesWaiting = [];
    private readonly LinkedList<PoolPlace> _places = [];
    private int _placesAskedBack;

    /// <summary>Waits, however long, for room that nobody else needs.</summary>
    /// <exception cref="OperationCanceledException">It was given up, or the pool stops.</exception>
    public async Task<PoolPlace> ReserveAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<PoolPlace>> waiting;
        lock (_gate)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            waiting = _placesWaiting.AddLast(new TaskCompletionSource<PoolPlace>(TaskCreationOptions.RunContinuationsAsynchronously));
            StartMissing();
        }

        try
        {
            return await waiting.Value.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            PoolPlace? late;
            lock (_gate)
            {
                late = waiting.List is null && waiting.Value.Task.IsCompletedSuccessfully ? waiting.Value.Task.Result : null;
                if (waiting.List is not null) _placesWaiting.Remove(waiting);
            }

            late?.Dispose();
            throw;
        }
    }

    // The methods below are called with the gate held.
    private void GrantPlaces()
    {
        while (!_stopping.IsCancellationRequested && !_isCalm && _placesWaiting.First is { } first
            && _waiting.Count + _startsWaiting.Count == 0 && _starting + _ownStarts == 0 && _alive < _options.MaxSandboxes)
        {
            _placesWaiting.RemoveFirst();
            _ownStarts++;
            _alive++;
            var place = new PoolPlace(PlaceStarted, PlaceEnded);
            _places.AddLast(place);
            first.Value.SetResult(place);
        }
    }

    /// <summary>Asks for as many places as there are requests that wait for room.</summary>
    /// <returns>Whether room is on its way for each of them.</returns>
    private bool AskForPlaces()
    {
        var needed = _alive < _options.MaxSandboxes ? 0 : _waiting.Count + _startsWaiting.Count;
        for (; _placesAskedBack < needed && _places.Last is { } last; _placesAskedBack++)
        {
            _places.RemoveLast();
            last.Value.Want();
        }

        return _placesAskedBack >= needed;
    }

    private void EndPlaces()
    {
        foreach (var waiting in _placesWaiting) waiting.SetCanceled(_stopping.Token);
        _placesWaiting.Clear();
        _placesAskedBack += _places.Count;
        foreach (var place in _places) place.Want();
        _places.Clear();
    }

    private void PlaceStarted(PoolPlace place)
    {
        lock (_gate)
        {
            if (!place.IsStarting) return;
            place.IsStarting = false;
            _ownStarts--;
            StartMissing();
        }
    }

    private void PlaceEnded(PoolPlace place)
    {
        lock (_gate)
        {
            if (place.IsStarting) _ownStarts--;
            place.IsStarting = false;
            if (!_places.Remove(place)) _placesAskedBack--;
            Gone();
        }
    }
}
