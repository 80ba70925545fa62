using Microsoft.Extensions.Options;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;

namespace Sandbox.Silo.Pool;

/// <summary>
/// Keeps sandboxes of one kind started and ready, so that a request does not wait for runsc. Each is handed out once and never comes back:
/// what was used is retired, and another is started in the background. When none is ready a request waits its turn, first come first
/// served, up to <see cref="PoolOptions.Wait"/>; the starts under way follow the demand. While another is ready, the start of a successor lets what
/// was just handed out begin its work first: a start takes all processors. Every admission goes through here, those of sandboxes of another size too.
/// </summary>
internal sealed partial class WarmPool<TSandbox> : IAsyncDisposable
    where TSandbox : class, IPooledSandbox
{
    private const int FailuresUntilUnavailable = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>From a creation to its first program's output.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(50);

    /// <summary>How often one that waits looks for room elsewhere.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    private readonly ISandboxFactory<TSandbox> _factory;
    private readonly PoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly LinkedList<TSandbox> _ready = [];
    private readonly LinkedList<TaskCompletionSource<Rental<TSandbox>>> _waiting = [];
    private readonly HashSet<Task> _tasks = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _calm;
    private bool _isCalm;
    private int _starting;
    private int _alive;
    private int _making;
    private int _failures;
    private readonly TaskCompletionSource _firstStarted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _lastFailure;

    public WarmPool(ISandboxFactory<TSandbox> factory, IOptions<PoolOptions> options, TimeProvider time, ILogger<WarmPool<TSandbox>> logger)
    {
        _factory = factory;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _calm = time.CreateTimer(_ => EndCalm(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a request would be served now.</summary>
    public HostReadiness Readiness
    {
        get
        {
            lock (_gate)
            {
                if (_stopping.IsCancellationRequested) return new HostReadiness(false, "The server is stopping.");
                if (_failures >= FailuresUntilUnavailable) return new HostReadiness(false, $"Sandboxes cannot be started: {_lastFailure}");
                return _firstStarted.Task.IsCompleted
                    ? new HostReadiness(true, null)
                    : new HostReadiness(false, _lastFailure ?? "The first sandbox is still starting.");
            }
        }
    }

    /// <summary>How many sandboxes are ready.</summary>
    public int Ready
    {
        get
        {
            lock (_gate) return _ready.Count;
        }
    }

    /// <summary>How many requests wait for one.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count + _startsWaiting.Count;
        }
    }

    /// <summary>How many sandboxes there may be, and how many more of them beside those that are waited for: what is kept ready goes for those that are wanted.</summary>
    public (int Slots, int Free) Room
    {
        get
        {
            lock (_gate) return (_options.MaxSandboxes, Promised - _startsWaiting.Count - _waiting.Count);
        }
    }

    /// <summary>Begins to fill the pool.</summary>
    /// <returns>Completes when the first sandbox has started, or at once where none is kept ready.</returns>
    public Task FillAsync()
    {
        lock (_gate) StartMissing();
        if (_options.Size == 0) _firstStarted.TrySetResult();
        return _firstStarted.Task;
    }

    /// <summary>A sandbox, at once when one is ready, else when the caller's turn comes.</summary>
    public Task<Rental<TSandbox>> RentAsync(CancellationToken cancellationToken) => RentAsync(elsewhere: null, cancellationToken);

    /// <summary>A sandbox, at once when one is ready, else when the caller's turn comes.</summary>
    /// <param name="elsewhere">Whether another host has room that this one has not: then nobody waits here. Null where there is no other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Rental<TSandbox>> RentAsync(Func<bool>? elsewhere, CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<Rental<TSandbox>>> place;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested) return Stopping();
            if (_ready.First is { } first)
            {
                _ready.RemoveFirst();
                BeginCalm();
                StartMissing();
                return new Rental<TSandbox>.Granted(first.Value, Warm: true);
            }

            if (_waiting.Count >= _options.MaxWaiting) return Overloaded($"{_waiting.Count} requests are waiting for a sandbox already.");
            place = _waiting.AddLast(new TaskCompletionSource<Rental<TSandbox>>(TaskCreationOptions.RunContinuationsAsynchronously));
            StartMissing();
        }

        try
        {
            return await TurnAsync(place, elsewhere, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.List is not null) _waiting.Remove(place);
                else if (place.Value.Task.Result is Rental<TSandbox>.Granted late) Keep(late.Sandbox);
            }

            if (e is OperationCanceledException) throw;
            return Overloaded($"No sandbox became free within {_options.Wait.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>Waits for a turn, for as long as requests wait here, and not where another host has room, unless room is on its way here.</summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    private async Task<T> TurnAsync<T>(LinkedListNode<TaskCompletionSource<T>> place, Func<bool>? elsewhere, CancellationToken cancellationToken)
    {
        var turn = place.Value.Task;
        if (elsewhere is null) return await turn.WaitAsync(_options.Wait, _time, cancellationToken);
        for (var left = _options.Wait; ; left -= Glance)
        {
            try
            {
                return await turn.WaitAsync(left < Glance ? left : Glance, _time, cancellationToken);
            }
            catch (TimeoutException) when (left > Glance && (IsComing(place) || !elsewhere()))
            {
                // It goes on waiting.
            }
        }
    }

    /// <summary>
    /// Whether there is room for who waits, once what makes it is done: what is kept ready is gone, or what is being started for it has started. Who left then would have the
    /// next host do the same for nothing, and might go on from host to host for ever.
    /// </summary>
    private bool IsComing<T>(LinkedListNode<TaskCompletionSource<T>> place)
    {
        lock (_gate)
        {
            if (place.List is null) return true;
            var before = place.List == (object)_waiting ? _startsWaiting.Count : 0;
            for (var one = place.Previous; one is not null; one = one.Previous) before++;
            return before < Promised;
        }
    }

    /// <summary>Removes a used sandbox from the machine, in the background.</summary>
    public void Retire(TSandbox sandbox) => _ = RetireAsync(sandbox);

    /// <summary>Removes a used sandbox from the machine.</summary>
    /// <returns>Completes, and never fails, when it is gone.</returns>
    public Task RetireAsync(TSandbox sandbox)
    {
        lock (_gate)
        {
            var removal = RemoveAsync(sandbox);
            Track(removal);
            return removal;
        }
    }

    /// <summary>Refuses who waits, removes every sandbox that is not in use, and waits until those in use were retired and are gone too.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested)
            {
                _stopping.Cancel();
                foreach (var waiter in _waiting) waiter.SetResult(Stopping());
                _waiting.Clear();
                RefuseStarts();
                EndPlaces();
                foreach (var sandbox in _ready) Track(RemoveAsync(sandbox));
                _ready.Clear();
            }

            if (_alive == 0) _gone.TrySetResult();
        }

        await _gone.Task.WaitAsync(cancellationToken);
        Task[] left;
        lock (_gate) left = [.. _tasks];
        await Task.WhenAll(left).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await _calm.DisposeAsync();
        _stopping.Dispose();
    }

    private void EndCalm()
    {
        lock (_gate)
        {
            _isCalm = false;
            StartMissing();
        }
    }

    // The members below are called with the gate held.

    /// <summary>How many sandboxes may be added in all: what is kept ready, is being made so, or is just going, gives its room to them.</summary>
    private int Promised => _options.MaxSandboxes - _alive + _ready.Count + _starting + _places.Count + _placesAskedBack + _making;

    /// <summary>How many are to be ready beside those that somebody waits for: one is enough for a moment.</summary>
    private int Spare => _isCalm ? Math.Min(1, _options.Size) : _options.Size;

    private void BeginCalm()
    {
        _isCalm = true;
        _calm.Change(Calm, Timeout.InfiniteTimeSpan);
    }

    private void StartMissing()
    {
        AdmitStarts();
        while (!_stopping.IsCancellationRequested
            && _starting + _ownStarts < _options.StartsAtOnce && _alive < _options.MaxSandboxes && _starting + _ready.Count < _waiting.Count + Spare)
        {
            _starting++;
            _alive++;
            Track(StartOneAsync());
        }

        AskForPlaces();
        GrantPlaces();
    }

    private void StartEnded()
    {
        _starting--;
        Gone();
    }

    private void Gone()
    {
        _alive--;
        StartMissing();
        if (_alive == 0 && _stopping.IsCancellationRequested) _gone.TrySetResult();
    }

    private void Keep(TSandbox sandbox)
    {
        if (_stopping.IsCancellationRequested)
        {
            Track(RemoveAsync(sandbox));
        }
        else if (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            first.Value.SetResult(new Rental<TSandbox>.Granted(sandbox, Warm: false));
        }
        else
        {
            Track(WatchAsync(_ready.AddLast(sandbox)));
        }
    }

    private void Track(Task task)
    {
        if (task.IsCompleted) return;
        _tasks.Add(task);
        _ = task.ContinueWith(
            ended =>
            {
                lock (_gate) _tasks.Remove(ended);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task StartOneAsync()
    {
        await Task.Yield();
        try
        {
            var sandbox = await _factory.StartAsync(_stopping.Token);
            lock (_gate)
            {
                _starting--;
                _failures = 0;
                _firstStarted.TrySetResult();
                Keep(sandbox);
                StartMissing();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            lock (_gate) StartEnded();
        }
        catch (Exception e)
        {
            await FailedAsync(e);
        }
    }

    /// <summary>The request that has waited longest is told; with nobody waiting the next try comes after a growing pause.</summary>
    private async Task FailedAsync(Exception error)
    {
        TimeSpan pause;
        lock (_gate)
        {
            _failures++;
            _lastFailure = error.Message;
            pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(_failures - 1, 10)));
            if (_waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                first.Value.SetResult(new Rental<TSandbox>.Refused(new ExecutionRefused
                {
                    Reason = RefusalReason.Unavailable,
                    Message = $"A sandbox could not be started: {error.Message}",
                    RetryAfter = LongestPause,
                }));
            }
        }

        // The message of an expected failure says it all; of an unexpected one the stack is wanted too.
        LogStartFailed(error is SandboxStartException ? null : error, error.Message, pause.TotalMilliseconds);
        await Task.Delay(pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate) StartEnded();
    }

    /// <summary>A sandbox that ends while it waits is replaced.</summary>
    private async Task WatchAsync(LinkedListNode<TSandbox> place)
    {
        await Task.WhenAny(place.Value.Ended, Task.Delay(Timeout.Infinite, _stopping.Token));
        lock (_gate)
        {
            if (place.List is null) return;
            _ready.Remove(place);
            Track(RemoveAsync(place.Value));
        }

        LogEndedWhileReady();
    }

    /// <summary>Removes one that is kept ready, since somebody waits for its room.</summary>
    private async Task MakeRoomAsync(TSandbox spare)
    {
        _making++;
        await RemoveAsync(spare, () => _making--);
    }

    private async Task RemoveAsync(TSandbox sandbox, Action? ended = null)
    {
        await Task.Yield();
        try
        {
            await sandbox.DisposeAsync();
        }
        catch (Exception e)
        {
            // What could not be removed now is removed as residue at the next start of the server.
            LogRemovalFailed(e);
        }

        lock (_gate)
        {
            ended?.Invoke();
            Gone();
        }
    }

    private static Rental<TSandbox>.Refused Stopping() =>
        new(new ExecutionRefused { Reason = RefusalReason.Stopping, Message = "The server is stopping.", RetryAfter = TimeSpan.FromSeconds(10) });

    private static Rental<TSandbox>.Refused Overloaded(string message) =>
        new(new ExecutionRefused { Reason = RefusalReason.Overloaded, Message = message, RetryAfter = TimeSpan.FromSeconds(1) });

    [LoggerMessage(100, LogLevel.Error, "A sandbox could not be started, the next try is in {Pause} ms: {Message}")]
    private partial void LogStartFailed(Exception? error, string message, double pause);

    [LoggerMessage(101, LogLevel.Warning, "A sandbox ended while it waited in the pool; another is started")]
    private partial void LogEndedWhileReady();

    [LoggerMessage(102, LogLevel.Error, "A used sandbox could not be removed wholly; the next start of the server removes what is left")]
    private partial void LogRemovalFailed(Exception error);
}
