namespace Sandbox.Silo.Link;

/// <summary>
/// A program in a sandbox. Its members may be called from any thread. It is freed on both sides once it has exited and all its output was
/// read, or once it is disposed.
/// </summary>
internal sealed partial class GuestProcess : IDisposable
{
    private readonly Lock _gate = new();
    private readonly GuestLink _link;
    private readonly ProcessStart _start;
    private readonly ProcessState _state;
    private readonly Outbox _outbox;
    private readonly OutputFeed[] _feeds;
    private readonly Pulse _inputPulse = new();
    private readonly SemaphoreSlim _inputTurn = new(1, 1);
    private readonly TaskCompletionSource<StartResult> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<StartFailure?> _poured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LinkEnd? _linkEnd;
    private bool _disposed;

    /// <summary>A process whose START is about to be sent.</summary>
    public GuestProcess(GuestLink link, LinkWriter writer, uint number, ProcessStart start)
    {
        _link = link;
        // What is large in it was sent, and is not kept as long as the process is.
        _start = start with { Arguments = [], Environment = [], File = null };
        _state = new ProcessState(start);
        _outbox = new Outbox(number, writer);
        _feeds = NewFeeds(start);
        Number = number;
    }

    /// <summary>Its number on the link.</summary>
    public uint Number { get; }

    /// <summary>Its process id, as the start said.</summary>
    public string Id => _start.Id;

    /// <summary>Its pid as programs in the sandbox see it.</summary>
    public int Pid { get; private set; }

    /// <summary>Its exit, as soon as it was reaped; output may still follow. Fails with a <see cref="LinkException"/> when the link ends first.</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>
    /// Completes when all that it wrote itself has come (not: was read). Needs someone who reads. Fails with a <see cref="LinkException"/>
    /// when the link ends first.
    /// </summary>
    public Task Drained => _drained.Task;

    /// <summary>The end of the input that was sent: on its way to the program, and never lost while the sandbox lives.</summary>
    public long InputSent
    {
        get
        {
            lock (_gate)
            {
                return (long)_state.Input.Sent;
            }
        }
    }

    /// <summary>
    /// Sends bytes to stdin, after those of earlier calls. Returns when all are on their way; waits while 65,536 bytes are on their way
    /// that the program has not read.
    /// </summary>
    /// <returns>False when the program does not take them (all): it closed its stdin, it exited, or the input was ended.</returns>
    /// <exception cref="OperationCanceledException">The wait was given up; <see cref="InputSent"/> says how far it came.</exception>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<bool> WriteInputAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _inputTurn.WaitAsync(cancellationToken);
        try
        {
            while (!data.IsEmpty)
            {
                if (TrySend(data.Span) is not { } sent)
                {
                    return false;
                }

                data = data[sent..];
                if (sent == 0)
                {
                    await _inputPulse.WaitAsync(cancellationToken);
                }
            }

            return true;
        }
        finally
        {
            _inputTurn.Release();
        }
    }

    /// <summary>Ends stdin, after the bytes of earlier calls. Ending it again, or after the exit, does nothing.</summary>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task EndInputAsync(CancellationToken cancellationToken)
    {
        await _inputTurn.WaitAsync(cancellationToken);
        try
        {
            lock (_gate)
            {
                ThrowIfOver();
                if (TakesInput)
                {
                    _state.Input.Close();
                    _ = _outbox.AddOrdinary(FrameWriter.InputEnd(Number, _state.Input.Sent));
                }
            }
        }
        finally
        {
            _inputTurn.Release();
        }
    }

    /// <summary>Gives the terminal a size. Never waits: a size that is still unsent is replaced.</summary>
    /// <returns>False when the process is forgotten or the link over.</returns>
    /// <exception cref="InvalidOperationException">It has no terminal.</exception>
    public bool Resize(TerminalSize size)
    {
        if (_start.Terminal is null)
        {
            throw new InvalidOperationException($"Process {Id} has no terminal.");
        }

        lock (_gate)
        {
            return _linkEnd is null && _outbox.Resize(FrameWriter.Resize(Number, size));
        }
    }

    /// <summary>Sends a signal, before any input that waits. Never waits: a signal that is still unsent is not sent twice.</summary>
    /// <param name="signal">Its Linux number, 1 to 64.</param>
    /// <param name="scope">Whom it reaches. Programs left behind can be reached until all output was read.</param>
    /// <returns>False when the process is forgotten or the link over: there is nobody to signal.</returns>
    public bool Signal(int signal, SignalScope scope)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(signal, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signal, 64);
        lock (_gate)
        {
            return _linkEnd is null && _outbox.AddUrgent(FrameWriter.Signal(Number, (byte)signal, scope));
        }
    }

    /// <summary>Pours a script into a waiting mould. One that was poured is a mould no more; one that was not, still waits.</summary>
    /// <returns>Null when it was poured, else why not.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<StartFailure?> PourAsync(ProcessPour pour, CancellationToken cancellationToken)
    {
        if (pour.ResultChannel && _start.Mould?.ResultPath is null)
        {
            throw new ArgumentException("A result channel needs a mould with a result path; start it with one.", nameof(pour));
        }

        if (FrameWriter.Fields(FrameType.Pour, Number, pour.ToFields()) is not { } frame)
        {
            return new StartFailure(StartStage.TooLong, 0, $"The script and its files are over {LinkLimits.PayloadToGuest} bytes together.");
        }

        Task<StartFailure?> poured;
        lock (_gate)
        {
            ThrowIfOver();
            if (_disposed || !_state.TryPour(pour.ResultChannel))
            {
                return new StartFailure(StartStage.NoWaitingMould, 0, $"Process {Id} is no mould that waits.");
            }

            _poured = new TaskCompletionSource<StartFailure?>(TaskCreationOptions.RunContinuationsAsynchronously);
            poured = _poured.Task;
            _ = _outbox.AddOrdinary(frame);
        }

        return await poured.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Lets go of the process: kills it if it still runs, throws away its output, and frees its records on both sides as soon as its end is
    /// known. Does not wait.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var feed in _feeds)
            {
                while (feed.Queue.TryTake(out var channel, out var data))
                {
                    Taken(channel, data.Length);
                }
            }

            KillIfRunning();
            ForgetIfDone();
        }

        WakeReaders();
        _inputPulse.Set();
    }

    private bool TakesInput => !_disposed && !_state.Input.Closed && _state.Phase == ProcessPhase.Running;

    private int? TrySend(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            ThrowIfOver();
            if (!TakesInput)
            {
                return null;
            }

            var length = _state.Input.Reserve(data.Length, out var offset);
            if (length > 0)
            {
                _ = _outbox.AddOrdinary(FrameWriter.Input(Number, offset, data[..length]));
            }

            return length;
        }
    }

    private void ThrowIfOver()
    {
        if (_linkEnd is not null)
        {
            throw _linkEnd.ToException();
        }
    }
}
