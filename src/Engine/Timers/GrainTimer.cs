namespace Orleans.Runtime;

/// <summary>A timer of an activation. A tick is a request like any other; the next is timed from its end, so that ticks never overlap.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private const long MaxMilliseconds = 0xfffffffe;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly ITimer _timer;
    private TimeSpan _period;
    private TimeSpan? _changed;
    private bool _ticking;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _callback = callback;
        _options = options;
        _period = options.Period;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _timer = activation.Engine.Time.CreateTimer(
                static self => ((GrainTimer)self!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        activation.Add(this);
        _timer.Change(options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            _period = period;
            if (_ticking) _changed = dueTime;
            else _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _activation.Remove(this);
        _timer.Dispose();
        _activation.Engine.Cancel(_disposed, _activation.GrainId);
    }

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((long)dueTime.TotalMilliseconds, -1, nameof(dueTime));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)dueTime.TotalMilliseconds, MaxMilliseconds, nameof(dueTime));
        ArgumentOutOfRangeException.ThrowIfLessThan((long)period.TotalMilliseconds, -1, nameof(period));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)period.TotalMilliseconds, MaxMilliseconds, nameof(period));
    }

    private void OnDue()
    {
        lock (_gate) _ticking = true;
        _activation.TryEnqueue(new Tick(this));
    }

    private async ValueTask TickAsync()
    {
        try
        {
            await _callback(_disposed.Token);
        }
        catch (Exception exception)
        {
            // Nobody waits for it; the timer goes on.
            _activation.Engine.LogTimerFailed(exception, _activation.GrainId);
        }

        lock (_gate)
        {
            _ticking = false;
            if (_disposed.IsCancellationRequested) return;
            _timer.Change(_changed ?? _period, Timeout.InfiniteTimeSpan);
            _changed = null;
        }
    }

    private sealed class Tick : Request
    {
        private readonly GrainTimer _timer;

        public Tick(GrainTimer timer)
            : base(timer._activation.GrainId)
        {
            _timer = timer;
            Interleave = timer._options.Interleave;
            KeepsAlive = timer._options.KeepAlive;
            IsInternal = true;
        }

        public override bool IsCompleted => _timer._disposed.IsCancellationRequested;

        public override ValueTask RunAsync(Activation activation) => _timer.TickAsync();

        public override void Fail(Exception exception)
        {
            // The activation it belongs to is gone, and the timer with it.
        }

        public override void OnActivationEnded(Activation activation)
        {
            // A tick never goes to another activation.
        }
    }
}
