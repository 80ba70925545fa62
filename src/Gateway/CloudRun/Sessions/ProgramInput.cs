using System.Threading.Channels;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>
/// A program's input on its way, in order, so that a program that does not read holds nothing else up. What waits is bounded by
/// <see cref="MostWaiting"/>: more is not taken.
/// </summary>
internal sealed class ProgramInput : IAsyncDisposable
{
    /// <summary>The most bytes that may wait; each piece counts for <see cref="PieceBytes"/> more, so that they cannot be too many.</summary>
    public const int MostWaiting = 4 << 20;

    /// <summary>About what a piece takes beside its bytes.</summary>
    private const int PieceBytes = 64;

    private readonly ISandboxGrain _sandbox;
    private readonly string _id;
    private readonly Func<string, Task> _fail;
    private readonly CancellationTokenSource _ending;
    private readonly Channel<byte[]> _queue = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;
    private int _waiting;

    /// <param name="sandbox">Where it runs.</param>
    /// <param name="id">The program.</param>
    /// <param name="fail">Told why input could not be given to a program that runs.</param>
    /// <param name="ending">Ends it.</param>
    public ProgramInput(ISandboxGrain sandbox, string id, Func<string, Task> fail, CancellationToken ending)
    {
        (_sandbox, _id, _fail) = (sandbox, id, fail);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(ending);
        _writing = WriteAsync(_ending.Token);
    }

    /// <summary>Takes bytes; false when too many wait.</summary>
    public bool TryAdd(byte[] data)
    {
        if (Interlocked.Add(ref _waiting, data.Length + PieceBytes) <= MostWaiting) return _queue.Writer.TryWrite(data);
        Interlocked.Add(ref _waiting, -data.Length - PieceBytes);
        return false;
    }

    /// <summary>Gives up what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _writing;
        _ending.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            var offset = (await _sandbox.DescribeProcessAsync(_id)).ValueOrThrow().InputOffset;
            await foreach (var data in _queue.Reader.ReadAllAsync(cancellationToken))
            {
                var end = offset + data.Length;
                while (offset < end)
                {
                    var rest = data.AsMemory((int)(data.Length - (end - offset)));
                    var piece = rest[..Math.Min(rest.Length, ProcessCalls.MostInput)].ToArray();
                    offset = (await _sandbox.WriteInputAsync(_id, offset, piece, cancellationToken: cancellationToken)).ValueOrThrow().Offset;
                }

                Interlocked.Add(ref _waiting, -data.Length - PieceBytes);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The program has ended, or the session has.
        }
        catch (Exception e)
        {
            // A program that has ended reads nothing more, which is no failure.
            if (!cancellationToken.IsCancellationRequested && (await _sandbox.DescribeProcessAsync(_id)).Value is { End: null }) await _fail(e.Message);
        }
    }
}
