using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>
/// A program's input. Every write carries its offset, so that one that is repeated after a lost answer is taken once. A write that was
/// cancelled may still be taken; the next one makes sure that it is, so that bytes never change their order. Disposing closes the input.
/// </summary>
public sealed class ProcessInput : Stream
{
    private const int Most = 49_152;

    private readonly HubLink _link;
    private readonly ProcessRequest _address;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _offset;
    private ReadOnlyMemory<byte> _inDoubt;
    private bool _ended;

    internal ProcessInput(HubLink link, ProcessRequest address, long offset) => (_link, _address, _offset) = (link, address, offset);

    /// <summary>How many bytes the program's input has taken.</summary>
    public long Offset => Volatile.Read(ref _offset);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_ended;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => Offset;
        set => throw new NotSupportedException();
    }

    /// <summary>Writes; ends when the program's side has taken every byte. Waits as long as it takes none.</summary>
    /// <exception cref="SandboxException">The input is closed, or the program has ended.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_ended) throw new InvalidOperationException("The input was closed.");
            await SettleAsync(cancellationToken);
            for (; !buffer.IsEmpty; buffer = buffer[Math.Min(buffer.Length, Most)..])
            {
                // Copied, because a caller that cancels may use its buffer again.
                _inDoubt = buffer[..Math.Min(buffer.Length, Most)].ToArray();
                await SettleAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Closes the input, so that the program reads an end of file; a terminal gets Ctrl-D. Twice is once.</summary>
    /// <exception cref="SandboxException">The program or the sandbox is not there any more.</exception>
    public async Task EndAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_ended) return;
            await SettleAsync(cancellationToken);
            await _link.CallAsync<InputAnswer>("EndInput", _address with { Offset = _offset }, Repeat.Safe, cancellationToken);
            _ended = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Not supported: a network is behind it.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write it asynchronously.");

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Does nothing: every write is on its way when it returns.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: every write is on its way when it returns.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Closes the input, unless the program has ended before.</summary>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync(CancellationToken.None);
        }
        catch (SandboxException e) when (e is ConflictException or NotFoundException or SandboxGoneException)
        {
            // The program has ended, and its input with it.
        }

        await base.DisposeAsync();
    }

    /// <summary>Writes what is on its way until it was taken: all of it, or from where the server says that it is.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff();
        while (!_inDoubt.IsEmpty)
        {
            var taken = await SendAsync(cancellationToken) - _offset;
            if (taken < 0 || taken > _inDoubt.Length) throw new ServerException($"Input was written at {_offset}, and the server goes on at {_offset + taken}.");
            Volatile.Write(ref _offset, _offset + taken);
            _inDoubt = _inDoubt[(int)taken..];
            if (taken > 0) backoff.Reset();
            else await Task.Delay(backoff.Next(), _link.Time, cancellationToken);
        }
    }

    private async Task<long> SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A program may take its time to read: that is no reason to give up.
            var request = _address with { Offset = _offset, Data = _inDoubt };
            return (await _link.CallAsync<InputAnswer>("WriteInput", request, Repeat.Safe, cancellationToken, Timeout.InfiniteTimeSpan)).Offset;
        }
        catch (ConflictException e) when (e.Expected is { } expected && expected > _offset && expected <= _offset + _inDoubt.Length)
        {
            return expected;
        }
        catch (CallTimeoutException)
        {
            return _offset;
        }
    }
}
