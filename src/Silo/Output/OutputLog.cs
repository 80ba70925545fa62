using System.Text.RegularExpressions;
using Sandbox.Grains.Processes;

namespace Sandbox.Silo.Output;

/// <summary>
/// The append-only bytes of one process channel, addressed by offset: the newest in memory, older ones in files, and beyond
/// <see cref="OutputLogOptions.LogBytes"/> the oldest fall out, or the appender waits until a reader has acknowledged some. Any number of readers
/// read from wherever they like, each at its own pace. Thread-safe; one append at a time.
/// </summary>
/// <remarks>
/// It takes memory as it needs it: about 1 KB for a few lines, three quarters of <see cref="OutputLogOptions.MemoryBytes"/> at rest after much, and
/// little once it is complete. An append waits for the disk only when memory is full of bytes that are on their way there. Without a working disk the log goes on with what
/// fits into memory, under its policy, and tries the disk again every <see cref="OutputLogOptions.DiskRetry"/>.
/// </remarks>
internal sealed partial class OutputLog : IAsyncDisposable
{
    private readonly OutputLogSetup _setup;
    private readonly OutputLogOptions _options;
    private readonly SpillWriter _writer;
    private readonly SpillBudget _budget;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly LogWindow _window;
    private readonly PagedBuffer _memory;
    private readonly SegmentFiles? _files;

    // Both are made when somebody waits, and taken by who wakes him.
    private TaskCompletionSource? _readers;
    private TaskCompletionSource? _appender;
    private bool _appending;
    private bool _disposed;

    /// <param name="setup">Which log this is.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="writer">What writes to the disk.</param>
    /// <param name="budget">The disk bytes that it shares with others.</param>
    /// <param name="time">Times the pause after a failure of the disk.</param>
    /// <param name="logger">Hears of failures of the disk.</param>
    public OutputLog(
        OutputLogSetup setup, OutputLogOptions options, SpillWriter writer, SpillBudget budget, TimeProvider time, ILogger logger)
    {
        if (!NamePattern().IsMatch(setup.Name)) throw new ArgumentException($"'{setup.Name}' is not [a-z0-9-]{{1,40}}.", nameof(setup));
        if (setup.Start < 0) throw new ArgumentException("A log starts at offset 0 or more.", nameof(setup));
        _setup = setup;
        _options = options;
        _writer = writer;
        _budget = budget;
        _time = time;
        _logger = logger;
        _window = new LogWindow(options, setup.Policy, setup.Start, setup.Directory is not null);
        _memory = new PagedBuffer(setup.Start, options.MemoryBytes);
        if (setup.Directory is not null) _files = new SegmentFiles(setup.Directory, setup.Name, options.SegmentBytes);
    }

    /// <summary>What it holds now.</summary>
    public OutputLogExtent Extent
    {
        get
        {
            lock (_gate) return new OutputLogExtent(_window.Start, _window.Offset, _window.Ended);
        }
    }

    /// <summary>The history that the offsets belong to.</summary>
    public long Timeline => _setup.Timeline;

    /// <summary>Every byte before it has reached a reader.</summary>
    public long Acknowledged
    {
        get
        {
            lock (_gate) return _window.Acknowledged;
        }
    }

    /// <summary>The next byte's offset: how many there were, for a log that began at 0.</summary>
    public long Offset => Extent.Offset;

    /// <summary>
    /// Adds bytes at the end. Completes at once while memory has room; else when the bytes before them are on disk, have fallen out, or, under
    /// <see cref="FullLogPolicy.Block"/>, a reader has acknowledged enough.
    /// </summary>
    /// <param name="data">The bytes; the caller's again when the call completes.</param>
    /// <param name="cancellationToken">Ends the wait. <see cref="Offset"/> says how many bytes were added before.</param>
    /// <exception cref="InvalidOperationException">The log is complete, or another append has not completed.</exception>
    /// <exception cref="ObjectDisposedException">The log was disposed of.</exception>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        lock (_gate)
        {
            if (_appending) throw new InvalidOperationException("Another append is not complete: append one after the other.");
            _appending = true;
        }

        var wait = AppendSome(ref data);
        if (wait is null)
        {
            lock (_gate) _appending = false;
            return ValueTask.CompletedTask;
        }

        return new ValueTask(AppendRestAsync(data, wait, cancellationToken));
    }

    /// <summary>Nothing more will come. Completing twice changes nothing; an append that waits fails.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (_window.Ended || _disposed) return;
            _window.End();
            _memory.Trim();
            StartSpilling();
            Wake(ref _readers);
            Wake(ref _appender);
        }
    }

    /// <summary>Every byte before the offset has reached a reader. Offsets behind what is known, or beyond the end, do no harm.</summary>
    public void Acknowledge(long offset)
    {
        lock (_gate)
        {
            _window.Acknowledge(offset);
            if (_setup.Policy == FullLogPolicy.Block) Wake(ref _appender);
        }
    }

    /// <summary>Ends every read and append, and deletes the files. Completes when they are gone.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                Wake(ref _readers);
                Wake(ref _appender);
                EndSpilling();
            }
        }

        return new ValueTask(_spillingEnded.Task);
    }

    private async Task AppendRestAsync(ReadOnlyMemory<byte> data, TaskCompletionSource? wait, CancellationToken cancellationToken)
    {
        try
        {
            for (; wait is not null; wait = AppendSome(ref data))
            {
                // While the disk fails, time may be all that helps.
                var patience = Volatile.Read(ref _diskFailed) ? _options.DiskRetry : Timeout.InfiniteTimeSpan;
                await wait.Task.WaitAsync(patience, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            lock (_gate) _appending = false;
        }
    }

    /// <summary>Adds what there is room for. Null when that was all, else what to wait for.</summary>
    private TaskCompletionSource? AppendSome(ref ReadOnlyMemory<byte> data)
    {
        lock (_gate)
        {
            try
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_window.Ended) throw new InvalidOperationException("The log is complete: nothing can be appended.");
                while (!data.IsEmpty)
                {
                    // An acknowledgement, or time, may have opened the way to the disk since the last append.
                    if (_window.Room == 0) StartSpilling();
                    if (_window.Room == 0 && !_stepPosted) DropFromMemory(data.Length);
                    var count = Math.Min(_window.Room, data.Length);
                    if (count == 0) return _appender ??= NewWaiter();
                    _memory.Append(data.Span[..count]);
                    _window.Append(count);
                    data = data[count..];
                    Wake(ref _readers);
                    StartSpilling();
                }

                return null;
            }
            catch
            {
                _appending = false;
                throw;
            }
        }
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Wake(ref TaskCompletionSource? waiter)
    {
        waiter?.SetResult();
        waiter = null;
    }

    [GeneratedRegex("^[a-z0-9-]{1,40}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
