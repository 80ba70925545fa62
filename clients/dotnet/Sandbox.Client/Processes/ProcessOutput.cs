using System.Text;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>
/// What a program writes, as one unbroken stream whatever happens to the connection. It is read from the server's log as it is read here:
/// at most 256 KiB wait on this side, and acknowledgements follow the reader. One reader at a time; any number of streams on one log.
/// </summary>
public sealed class ProcessOutput : Stream
{
    // A quarter of what the server sends ahead: enough to keep it sending, rare enough to cost nothing.
    private const int AckEvery = 65_536;

    private static long s_readers;

    private readonly HubLink _link;
    private readonly OutputCursor _cursor;
    private readonly Action<OutputDiscontinuity>? _onDiscontinuity;
    private readonly Func<string, OutputCursor, ReadOutputRequest> _request;
    private readonly CancellationTokenSource _ending = new();
    private readonly bool _follow;
    private IAsyncEnumerator<OutputItem>? _items;
    private Task<bool>? _next;
    private ReadOnlyMemory<byte> _rest;
    private OutputDiscontinuity? _discontinuity;
    private string _readId = "";
    private bool _over;
    private long _acknowledged;
    private int _reading;
    private bool _disposed;

    internal ProcessOutput(HubLink link, string sandboxId, string? token, string processId, string channel, OutputOptions options)
    {
        (_link, Channel, _follow, _onDiscontinuity) = (link, channel, options.Follow, options.OnDiscontinuity);
        _cursor = new OutputCursor(channel, options.Timeline, options.Offset);
        _acknowledged = options.Offset;
        _request = (readId, cursor) =>
            new ReadOutputRequest(sandboxId, token, processId, readId, channel, cursor.Timeline, cursor.Offset, options.Follow);
    }

    /// <summary><c>stdout</c>, <c>stderr</c> or <c>terminal</c>.</summary>
    public string Channel { get; }

    /// <summary>The offset in the log of the next byte that a read gives.</summary>
    public long Offset => _cursor.Offset - _rest.Length;

    /// <summary>The history that <see cref="Offset"/> belongs to; null before the first byte.</summary>
    public long? Timeline => _cursor.Timeline;

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException("A program's output has no length before its end.");

    /// <inheritdoc/>
    public override long Position
    {
        get => Offset;
        set => throw new NotSupportedException("Open another stream at the offset: SandboxProcess.OpenOutput.");
    }

    /// <summary>Reads what there is, waiting for the first byte; 0 at the end. A cancelled read loses nothing.</summary>
    /// <exception cref="OutputGapException">The log does not go on where it stopped; the next read goes on behind that.</exception>
    /// <exception cref="SandboxException">The log cannot be read any more.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Interlocked.Exchange(ref _reading, 1) == 1) throw new InvalidOperationException("This stream is being read already: open another one on the same log.");
        try
        {
            while (_rest.IsEmpty && buffer.Length > 0)
            {
                if (_discontinuity is { } discontinuity)
                {
                    _discontinuity = null;
                    if (_onDiscontinuity is null) throw OutputGapException.Of(discontinuity);
                    _onDiscontinuity(discontinuity);
                }
                else if (_over || !await AdvanceAsync(cancellationToken))
                {
                    return 0;
                }
            }

            return await ConsumeAsync(buffer, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Everything up to the end. Holds it in memory.</summary>
    public async Task<byte[]> ReadAllAsync(CancellationToken cancellationToken = default)
    {
        using var all = new MemoryStream();
        await CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }

    /// <summary>Everything up to the end, read as UTF-8. Holds it in memory.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString(await ReadAllAsync(cancellationToken));

    /// <summary>Not supported: a network is behind it.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <summary>Stops reading. The program goes on.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _ending.CancelAsync();
        if (_next is not null)
        {
            // Whatever a reader that has left would have got.
            await _next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            _ = _next.Exception;
        }

        if (_items is not null) await _items.DisposeAsync();
        _ending.Dispose();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The stream on the server is told at once; waiting for it is what DisposeAsync does.
        if (disposing && !_disposed) _ending.Cancel();
        _disposed = true;
        base.Dispose(disposing);
    }

    private async ValueTask<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        _items ??= _link.StreamAsync<OutputItem>("ReadOutput", NewRequest, () => _cursor.Ended || !_follow, _ending.Token)
            .GetAsyncEnumerator(CancellationToken.None);
        _next ??= _items.MoveNextAsync().AsTask();

        // A caller that gives up leaves the item to the next one.
        if (!await _next.WaitAsync(cancellationToken))
        {
            _over = true;
            return false;
        }

        _next = null;
        _rest = _cursor.Take(_items.Current, out _discontinuity);

        // The server counts its window from there, too.
        if (_cursor.Offset < _acknowledged) _acknowledged = _cursor.Offset;
        _over = _cursor.Ended;
        return true;
    }

    private ReadOutputRequest NewRequest()
    {
        _readId = $"r{Interlocked.Increment(ref s_readers)}";
        _acknowledged = _cursor.Offset;
        return _request(_readId, _cursor);
    }

    private async ValueTask<int> ConsumeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        if (Offset - _acknowledged >= AckEvery)
        {
            _acknowledged = Offset;
            await _link.SendAsync("AckOutput", new AckRequest(_readId, Offset, Timeline), CancellationToken.None);
        }

        return count;
    }
}
