using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>
/// One activation of a grain: the grain object, the calls that wait for it, and its way from <see cref="ActivationState.Creating"/> to
/// <see cref="ActivationState.Ended"/>. Everything of the grain's runs in turns of <see cref="Scheduler"/>.
/// </summary>
internal sealed partial class Activation : IGrainContext
{
    // A turn starts at most this many calls, so that a flood of new ones does not hold up those that have already started.
    private const int StartsPerTurn = 64;

    [ThreadStatic] private static Activation? s_current;

    private readonly Lock _gate = new();
    private readonly RequestQueue _requests = new();
    private readonly HashSet<GrainTimer> _timers = [];
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _deactivating = new();
    private readonly IActivationOwner _owner;
    private EnumerationTable? _enumerations;
    private AsyncServiceScope? _scope;
    private GrainReference? _reference;
    private DeactivationReason _reason;
    private CancellationToken _hurry;
    private Exception? _failure;
    private bool _wasValid;
    private bool _activating;
    private bool _ending;
    private int _pumpQueued;
    private long _lastUse;
    private DateTimeOffset _keepUntil;

    public Activation(Engine engine, GrainClass grainClass, GrainId grainId, IActivationOwner owner)
    {
        Engine = engine;
        Class = grainClass;
        GrainId = grainId;
        _owner = owner;
        _lastUse = engine.Time.GetTimestamp();
        Scheduler = new ActivationScheduler(this);
    }

    /// <summary>The activation whose turn this thread runs; null outside.</summary>
    public static Activation? Current => s_current;

    public Engine Engine { get; }

    public GrainClass Class { get; }

    public GrainId GrainId { get; }

    public ActivationScheduler Scheduler { get; }

    public ActivationState State { get; private set; }

    public object? GrainInstance { get; private set; }

    public Task Deactivated => _deactivated.Task;

    /// <summary>Fires when no further call will start.</summary>
    public CancellationToken Deactivating => _deactivating.Token;

    public EnumerationTable Enumerations => _enumerations ??= new EnumerationTable(this);

    public GrainReference GrainReference => _reference ??= Engine.References.Create(Class.Interfaces[0], GrainId);

    public IServiceProvider ActivationServices => _scope?.ServiceProvider
        ?? throw new InvalidOperationException($"{this} has no services yet, or no longer: it is {State}.");

    /// <summary>How many calls wait or run.</summary>
    public int Load
    {
        get
        {
            lock (_gate) return _requests.Count;
        }
    }

    /// <summary>Makes an activation the thread's current one until the result is disposed.</summary>
    public static Turn Enter(Activation activation)
    {
        var previous = s_current;
        s_current = activation;
        return new Turn(previous);
    }

    /// <summary>Takes a call, to run when it may.</summary>
    /// <returns>False when the activation has ended: look for its successor.</returns>
    public bool TryEnqueue(Request request)
    {
        var limit = Engine.Messaging.MaxEnqueuedRequestsHardLimit;
        lock (_gate)
        {
            if (State is ActivationState.Ended) return false;
            if (limit <= 0 || _requests.Count < limit || request.IsInternal)
            {
                _requests.Add(request, request.Interleave || Class.IsReentrant);
                limit = 0;
            }
        }

        if (limit > 0)
        {
            request.Fail(new LimitExceededException(
                $"{limit} calls wait for {GrainId} already; {request} did not run. Try again later, or call it less often."));
            return true;
        }

        Signal();
        return true;
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (State is ActivationState.Deactivating or ActivationState.Ended) return;
            _reason = deactivationReason;
            _hurry = cancellationToken;
            _wasValid = State is ActivationState.Valid;
            State = ActivationState.Deactivating;
        }

        LogDeactivating(Engine.Logger, GrainId, deactivationReason.ReasonCode, deactivationReason.Description);
        Engine.Cancel(_deactivating, GrainId);
        Signal();
    }

    public void DelayDeactivation(TimeSpan time)
    {
        lock (_gate)
        {
            _keepUntil = time <= TimeSpan.Zero && time != Timeout.InfiniteTimeSpan ? default
                : time == Timeout.InfiniteTimeSpan || time == TimeSpan.MaxValue ? DateTimeOffset.MaxValue
                : Engine.Time.GetUtcNow() + time;
        }
    }

    /// <summary>Ends the activation if no call came for its class's collection age.</summary>
    public bool TryCollect()
    {
        lock (_gate)
        {
            if (State is not ActivationState.Valid || _requests.Count > 0 || _keepUntil > Engine.Time.GetUtcNow()) return false;
            if (Class.CollectionAge == Timeout.InfiniteTimeSpan || Engine.Time.GetElapsedTime(_lastUse) < Class.CollectionAge) return false;
        }

        Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"No call came for {Class.CollectionAge}."));
        return true;
    }

    /// <summary>Gives up waiting for what runs here: all callers get the exception. What hangs goes on hanging, unobserved.</summary>
    public void Abandon(Exception exception)
    {
        List<Request> all;
        lock (_gate) all = [.. _requests.Started(), .. _requests.Drain()];
        foreach (var request in all) request.Fail(exception);
    }

    /// <summary>What a failed call means for the activation beside its caller's exception.</summary>
    public void OnCallFailed(Exception exception)
    {
        if (exception is not Storage.InconsistentStateException { IsSourceActivation: true } conflict) return;
        conflict.IsSourceActivation = false;
        Deactivate(new DeactivationReason(
            DeactivationReasonCode.ApplicationError, exception, "Storage holds another version of the state; the next call reads it anew."));
    }

    public void Add(GrainTimer timer)
    {
        lock (_gate) _timers.Add(timer);
    }

    public void Remove(GrainTimer timer)
    {
        lock (_gate) _timers.Remove(timer);
    }

    public override string ToString() => $"Activation of {GrainId} ({State})";

    private void Signal()
    {
        if (Interlocked.Exchange(ref _pumpQueued, 1) == 0) Scheduler.Queue(static self => ((Activation)self!).Pump(), this);
    }

    private void Pump()
    {
        Volatile.Write(ref _pumpQueued, 0);
        var begins = false;
        var ends = false;
        lock (_gate)
        {
            if (State is ActivationState.Creating)
            {
                State = ActivationState.Activating;
                begins = _activating = true;
            }
            else if (State is ActivationState.Deactivating && !_activating && !_ending && _requests.Running == 0)
            {
                ends = _ending = true;
            }
        }

        // Both see their own failures.
        if (begins) _ = ActivateAsync();
        else if (ends) _ = EndAsync();
        else StartRequests();
    }

    private void StartRequests()
    {
        for (var started = 0; started < StartsPerTurn; started++)
        {
            Request? request;
            lock (_gate) request = State is ActivationState.Valid ? _requests.Start() : null;
            if (request is null) return;

            var running = request.RunAsync(this);
            if (running.IsCompletedSuccessfully) OnCompleted(request);
            else _ = CompleteAsync(running, request);
        }

        Signal();
    }

    private async Task CompleteAsync(ValueTask running, Request request)
    {
        await running;
        OnCompleted(request);
    }

    private void OnCompleted(Request request)
    {
        lock (_gate)
        {
            _requests.Finish(request);
            if (request.KeepsAlive) _lastUse = Engine.Time.GetTimestamp();
            if (State is ActivationState.Valid && _requests.Waiting == 0) return;
        }

        Signal();
    }

    /// <summary>Restores what was the thread's current activation before.</summary>
    internal readonly struct Turn(Activation? previous) : IDisposable
    {
        public void Dispose() => s_current = previous;
    }
}
