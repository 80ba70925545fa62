namespace Orleans.Runtime;

/// <summary>A request that somebody waits for: until the answer, the time limit or the cancellation, whichever comes first.</summary>
internal abstract class GrainCall<TResult>(GrainId target, string name) : Request(target)
{
    // The caller's code must never run within the turn of the grain that answers.
    private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;
    private CancellationTokenSource? _cancellation;
    private Activation? _runningIn;
    private ITimer? _timer;
    private TimeSpan _limit;
    private int _completed;

    public override bool IsCompleted => Volatile.Read(ref _completed) != 0;

    /// <summary>Sends the call on its way.</summary>
    /// <param name="send">Hands this to the target.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="limit">How long the caller waits; infinite for ever.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<TResult> Send(Action<GrainCall<TResult>> send, Engine engine, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromException<TResult>(new OperationCanceledException(cancellationToken));
        }

        _limit = limit;
        if (limit != Timeout.InfiniteTimeSpan)
        {
            _timer = engine.Time.CreateTimer(static self => ((GrainCall<TResult>)self!).OnTimeout(), this, limit, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = new CancellationTokenSource();
            _registration = cancellationToken.UnsafeRegister(
                static (self, token) => ((GrainCall<TResult>)self!).OnCancelled(token), this);
        }

        try
        {
            send(this);
        }
        catch (Exception exception) when (exception is SiloUnavailableException or ArgumentException)
        {
            Fail(exception);
        }

        // It may have completed before the registration was known to whoever completed it.
        if (IsCompleted) _registration.Unregister();
        return _answer.Task;
    }

    public sealed override async ValueTask RunAsync(Activation activation)
    {
        // In this order, so that a cancellation either sees where the call runs or keeps it from running.
        Interlocked.Exchange(ref _runningIn, activation);
        if (IsCompleted) return;
        try
        {
            Succeed(await InvokeAsync(activation, _cancellation?.Token ?? CancellationToken.None));
        }
        catch (Exception exception)
        {
            activation.OnCallFailed(exception);
            Fail(exception);
        }
    }

    public override void Fail(Exception exception)
    {
        if (TryComplete()) _answer.SetException(exception);
    }

    public override string ToString() => $"{name} of {Target}";

    protected abstract ValueTask<TResult> InvokeAsync(Activation activation, CancellationToken cancellationToken);

    protected void Succeed(TResult result)
    {
        if (TryComplete()) _answer.SetResult(result);
    }

    private bool TryComplete()
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0) return false;
        _timer?.Dispose();
        _registration.Unregister();
        return true;
    }

    private void CancelInGrain() => _runningIn!.Engine.Cancel(_cancellation!, Target);

    private void OnTimeout() => Fail(new TimeoutException(
        $"{this} did not answer within {_limit}. It may still be waiting or running: calls that wait for each other in a circle never end."));

    // The caller goes on at once; the grain learns of it in a turn of its own.
    private void OnCancelled(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0) return;
        _timer?.Dispose();
        _answer.SetException(new OperationCanceledException(token));
        _runningIn?.Scheduler.Queue(static self => ((GrainCall<TResult>)self!).CancelInGrain(), this);
    }
}
