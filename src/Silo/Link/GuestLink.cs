namespace Sandbox.Silo.Link;

/// <summary>
/// The host's end of the link to one guest agent: one loop that reads, one that writes, and the processes between them. When it is over, for
/// whatever reason, everything that waits for it fails with a <see cref="LinkException"/> that says why. Members may be called from any thread.
/// </summary>
internal sealed partial class GuestLink : IAsyncDisposable
{
    private static readonly TimeSpan LoopsEndWithin = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, GuestProcess> _processes = [];
    private readonly Stream _toGuest;
    private readonly Stream _fromGuest;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly byte[] _configure;
    private readonly ulong _diskBytes;
    private readonly FrameReader _reader;
    private readonly LinkWriter _writer;
    private readonly Outbox _outbox;
    private readonly LinkState _state = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<LinkEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GuestHello> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _pong = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<DiskUsage> _disk = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GuestHello? _hello;
    private LinkEnd? _end;
    private Task _loops = Task.CompletedTask;
    private uint _lastNumber;
    private bool _shutdownAsked;

    private GuestLink(Stream toGuest, Stream fromGuest, byte[] configure, ulong diskBytes, TimeProvider time, ILogger logger)
    {
        (_toGuest, _fromGuest, _configure, _diskBytes, _time, _logger) = (toGuest, fromGuest, configure, diskBytes, time, logger);
        _reader = new FrameReader(fromGuest);
        _writer = new LinkWriter(toGuest, MayPass);
        _outbox = new Outbox(0, _writer);
    }

    /// <summary>What the agent said of itself.</summary>
    public GuestHello Hello => _hello ?? throw new InvalidOperationException("The link is not connected yet.");

    /// <summary>Completes when the link is over, with the reason. Never fails. Whoever owns the sandbox ends it then.</summary>
    public Task<LinkEnd> Ended => _ended.Task;

    /// <summary>Waits for the agent's HELLO, configures it and waits for its READY.</summary>
    /// <param name="toGuest">The container's stdin. The link owns it from here on.</param>
    /// <param name="fromGuest">The container's stdout. The link owns it from here on.</param>
    /// <param name="configuration">How the agent is to set up the sandbox.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock of the deadline.</param>
    /// <param name="logger">Where the link's end is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LinkException">It did not come to READY: <see cref="LinkException.End"/> says why. The streams are closed.</exception>
    /// <exception cref="ArgumentException">The configuration cannot be; nothing was done.</exception>
    public static async Task<GuestLink> ConnectAsync(
        Stream toGuest,
        Stream fromGuest,
        GuestConfiguration configuration,
        GuestLinkOptions options,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var configure = FrameWriter.Fields(FrameType.Configure, 0, GuestConfiguration.ToFields(configuration))
            ?? throw new ArgumentException($"The configuration is over {LinkLimits.PayloadToGuest} bytes; use fewer layers.", nameof(configuration));
        var link = new GuestLink(toGuest, fromGuest, configure, configuration.DiskBytes, time, logger);
        link._loops = Task.WhenAll(Task.Run(link.ReadAsync, CancellationToken.None), Task.Run(link.WriteAsync, CancellationToken.None));
        try
        {
            _ = await link._ready.Task.WaitAsync(options.ConnectTimeout, time, cancellationToken);
            return link;
        }
        catch (TimeoutException)
        {
            var missing = link._state.Phase == LinkPhase.AwaitingHello ? "HELLO" : "READY";
            link.End(new LinkEnd(
                LinkEndKind.ConnectTimeout,
                $"The guest agent sent no {missing} within {options.ConnectTimeout}. The host may be overloaded; see the container's log."));
            await link.DisposeAsync();
            throw (await link.Ended).ToException();
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a program and waits for the agent's answer.</summary>
    /// <param name="start">What to start.</param>
    /// <param name="cancellationToken">Gives up; a program that starts nevertheless is killed.</param>
    /// <returns>The process, or why there is none.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    /// <exception cref="ArgumentException">The start cannot be: the message says what to change.</exception>
    public async Task<StartResult> StartAsync(ProcessStart start, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var fields = ProcessStart.ToFields(start);
        GuestProcess process;
        byte[] frame;
        Task<StartResult> opened;
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end.ToException();
            }

            if (_processes.Count >= LinkLimits.Processes)
            {
                return new StartFailure(
                    StartStage.TooManyProcesses, 0, $"{LinkLimits.Processes} processes of this sandbox are alive or unread; end some first.");
            }

            if (FrameWriter.Fields(FrameType.Start, _lastNumber + 1, fields) is not { } fits)
            {
                return new StartFailure(
                    StartStage.TooLong, 0, $"The program's file, arguments and environment are over {LinkLimits.PayloadToGuest} bytes together.");
            }

            frame = fits;
            process = new GuestProcess(this, _writer, ++_lastNumber, start);
            _processes.Add(process.Number, process);
            // Under the gate, so that the guest sees the numbers grow.
            opened = process.Open(frame);
        }

        try
        {
            return await opened.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Abandon(frame);
            throw;
        }
    }

    /// <summary>Gives the numbers up to this to no process from now on: others have had them.</summary>
    public void Skip(uint numbers)
    {
        lock (_gate) _lastNumber = Math.Max(_lastNumber, numbers);
    }

    /// <summary>Tells the agent to kill everything and exit, and waits until it has.</summary>
    /// <returns>How the link ended; usually <see cref="LinkEndKind.ShutDown"/>.</returns>
    public async Task<LinkEnd> ShutdownAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _shutdownAsked, true);
        _ = _outbox.Close(FrameWriter.Shutdown());
        return await Ended.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the link, if it is not over, and closes both streams; the agent then kills everything and exits.</summary>
    public async ValueTask DisposeAsync()
    {
        End(new LinkEnd(LinkEndKind.Closed, "The host closed the link."));
        if (!await EndedWithinAsync(_loops))
        {
            Log.LoopsHang(_logger, LoopsEndWithin);
        }

        await CloseAsync(_toGuest);
        await CloseAsync(_fromGuest);
        // A stream that does not honour cancellation lets its loop go when it is closed. One that does not do even that keeps a task that
        // nobody waits for: it holds no frame and completes nothing.
        _ = await EndedWithinAsync(_loops);
    }

    /// <summary>A process is over or forgotten.</summary>
    internal void Remove(GuestProcess process)
    {
        lock (_gate)
        {
            _ = _processes.Remove(process.Number);
        }
    }

    // On the real clock whatever the link's own is: it guards against threads that hang, not against a slow guest.
    private static async Task<bool> EndedWithinAsync(Task task) =>
        await Task.WhenAny(task, Task.Delay(LoopsEndWithin)) == task;

    private async Task CloseAsync(Stream stream)
    {
        try
        {
            await stream.DisposeAsync();
        }
        catch (IOException e)
        {
            // What it could not flush has no reader any more.
            Log.CloseFailed(_logger, e);
        }
    }

    private void End(LinkEnd end)
    {
        GuestProcess[] processes;
        GuestWork[] works;
        lock (_gate)
        {
            if (_end is not null)
            {
                return;
            }

            _end = end;
            processes = [.. _processes.Values];
            _processes.Clear();
            works = [.. _works.Values];
            _works.Clear();
        }

        Log.Ended(_logger, end.Kind == LinkEndKind.Violation ? LogLevel.Warning : LogLevel.Debug, end.Kind, end.Message);
        foreach (var process in processes)
        {
            process.OnLinkEnded(end);
        }

        foreach (var work in works)
        {
            work.OnLinkEnded(end);
        }

        var failure = end.ToException();
        _ready.TrySetException(failure);
        _pong.TrySetException(failure);
        _disk.TrySetException(failure);
        // Not everyone waits for these; the end itself is reported below.
        _held.TrySetException(failure);
        _resumed.TrySetException(failure);
        _ = (_ready.Task.Exception, _pong.Task.Exception, _disk.Task.Exception, _held.Task.Exception, _resumed.Task.Exception);
        _ended.TrySetResult(end);
        _stop.Cancel();
    }
}
