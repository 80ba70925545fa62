using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>
/// A host's hold on one sandbox in one epoch, renewed until it is let go or lost. A lost lease never comes back to life.
/// </summary>
/// <remarks>
/// Why never two hold at once: a term counts from before the write that began it was sent, by a clock that also runs while the machine sleeps,
/// and ends <see cref="LeaseOptions.Margin"/> early. Whoever takes over saw that write, or a later one, in the store, and waited the whole length
/// since. A write of the old holder that is still on its way names a generation that is gone by then, and changes nothing.
/// </remarks>
internal sealed partial class HeadLease : IAsyncDisposable
{
    private readonly HeadStore _heads;
    private readonly HolderId _self;
    private readonly LeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<HeadLease> _whenEnded;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<LeaseEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _watch;
    private readonly Task _renewing;
    private readonly long _began;
    private StoredHead _stored;
    private long _heldUntil;
    private long _sent;
    private Task _turn = Task.CompletedTask;
    private volatile bool _letGo;

    /// <param name="heads">The store.</param>
    /// <param name="stored">The head by which this host acquired.</param>
    /// <param name="sent">The timestamp from before that write was sent.</param>
    /// <param name="options">The length of terms.</param>
    /// <param name="time">Its timestamps judge the lease.</param>
    /// <param name="logger">Where failed renewals go.</param>
    /// <param name="whenEnded">Called once, when the lease has ended.</param>
    public HeadLease(
        HeadStore heads, StoredHead stored, long sent, LeaseOptions options, TimeProvider time, ILogger logger, Action<HeadLease> whenEnded)
    {
        _heads = heads;
        _self = stored.Head.Holder ?? throw new ArgumentException("The head has no holder.", nameof(stored));
        _options = options;
        _time = time;
        _logger = logger;
        _whenEnded = whenEnded;
        _stored = stored;
        (_sent, _began) = (sent, sent);
        _heldUntil = EndOf(sent);
        _watch = time.CreateTimer(_ => CheckTerm(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        CheckTerm();
        _renewing = RenewAsync();
    }

    /// <summary>The sandbox.</summary>
    public SandboxKey Key => _stored.Key;

    /// <summary>For how long this host has held it.</summary>
    public TimeSpan Age => _time.GetElapsedTime(_began);

    /// <summary>The epoch of this lease.</summary>
    public long Epoch => Head.Epoch;

    /// <summary>The head as this lease last wrote it.</summary>
    public SandboxHead Head => Volatile.Read(ref _stored).Head;

    /// <summary>
    /// Whether this host holds the sandbox at this moment. Two reads and a comparison: to be asked before every byte that passes between the
    /// guest and anyone, and first of all after anything that may have paused the process. Once false, it stays false.
    /// </summary>
    public bool IsHeld => !_letGo && IsInTerm;

    /// <summary>How long this host holds it if no renewal comes through any more; zero or less when it does not.</summary>
    public TimeSpan Left => IsHeld ? _time.GetElapsedTime(_time.GetTimestamp(), Volatile.Read(ref _heldUntil)) : TimeSpan.Zero;

    /// <summary>Completes when the lease has ended, with how. Never faults.</summary>
    public Task<LeaseEnd> Ended => _ended.Task;

    private bool IsInTerm => _time.GetTimestamp() < Volatile.Read(ref _heldUntil) || CheckTerm();

    /// <summary>Throws unless <see cref="IsHeld"/>.</summary>
    /// <exception cref="LeaseLostException">The lease has ended.</exception>
    public void ThrowIfNotHeld()
    {
        if (!IsHeld) throw Lost();
    }

    /// <summary>Commits a change: a checkpoint, a timeline, a status, an address. It takes place whole and in this epoch, or not at all.</summary>
    /// <param name="change">From the head as it is to the head as it shall be; may be called again. What belongs to the lease stays.</param>
    /// <param name="cancellationToken">Ends the wait. Whether the change took place is then unknown; the next write finds out.</param>
    /// <returns>The head as it is stored now.</returns>
    /// <exception cref="LeaseLostException">The lease has ended. The change may have taken place if the store stopped answering in the middle.</exception>
    public Task<SandboxHead> CommitAsync(Func<SandboxHead, SandboxHead> change, CancellationToken cancellationToken = default) =>
        InTurnAsync(() => WriteAsync(head => change(head) with { Holder = _self }, releases: false, cancellationToken));

    /// <summary>
    /// Lets the sandbox go, with a last change if there is one: anyone may take it at once. Call it when nothing of the sandbox runs here any more.
    /// It is not held from the moment that the store is asked, whatever comes of it; after a failure it may be called again until the lease ends.
    /// </summary>
    /// <exception cref="LeaseLostException">The lease had ended already, or ended before the store answered.</exception>
    public Task<SandboxHead> ReleaseAsync(Func<SandboxHead, SandboxHead>? change = null, CancellationToken cancellationToken = default) =>
        InTurnAsync(() =>
        {
            // Before it is sent: if the answer is lost, another may hold it while this one still asks.
            _letGo = true;
            return WriteAsync(head => (change?.Invoke(head) ?? head) with { Holder = null, Address = null }, releases: true, cancellationToken);
        });

    /// <summary>Stops renewing. Unless the lease was let go, others wait until it has run out.</summary>
    public async ValueTask DisposeAsync()
    {
        End(new LeaseEnd(LeaseEndKind.Abandoned));
        await _renewing;
        await _turn;
    }

    /// <summary>Takes note of the end when the term is over, and otherwise has itself called again when it will be.</summary>
    /// <returns>Whether the lease is held.</returns>
    private bool CheckTerm()
    {
        lock (_gate)
        {
            if (_ended.Task.IsCompleted) return false;
            if (Rearm()) return true;
        }

        End(new LeaseEnd(LeaseEndKind.Expired));
        return false;
    }

    /// <summary>Begins a new term, unless the one before is over: what is lost stays lost, whatever the store says.</summary>
    private void Extend(StoredHead stored, long sent)
    {
        lock (_gate)
        {
            Volatile.Write(ref _stored, stored);
            if (!_ended.Task.IsCompleted && Rearm())
            {
                Volatile.Write(ref _sent, sent);
                Volatile.Write(ref _heldUntil, Math.Max(_heldUntil, EndOf(sent)));
                Rearm();
                return;
            }
        }

        End(new LeaseEnd(LeaseEndKind.Expired));
    }

    /// <returns>Whether anything is left of the term. Under the gate, before the end.</returns>
    private bool Rearm()
    {
        var left = _time.GetElapsedTime(_time.GetTimestamp(), _heldUntil);

        // A timer counts whole milliseconds and may come early.
        return left > TimeSpan.Zero && _watch.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void End(LeaseEnd end)
    {
        lock (_gate)
        {
            Volatile.Write(ref _heldUntil, long.MinValue);
            if (!_ended.TrySetResult(end)) return;
            _watch.Dispose();
        }

        _whenEnded(this);
        _stop.Cancel();
    }

    private LeaseLostException Lost() =>
        new(Key, Epoch, _ended.Task.IsCompleted ? _ended.Task.Result : new LeaseEnd(_letGo ? LeaseEndKind.Released : LeaseEndKind.Expired));

    private long EndOf(long sent) => sent + (long)((_options.Length - _options.Margin).TotalSeconds * _time.TimestampFrequency);
}
