using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Processes.Output;

/// <summary>
/// Passes on to the grain how far a reader has come, which a program needs that waits for a full log. One call at a time: what is acknowledged
/// meanwhile goes with the next one.
/// </summary>
internal sealed partial class OutputAcknowledger(ISandboxGrain sandbox, OutputRequest request, ILogger logger) : IAsyncDisposable
{
    /// <summary>While there is more to read, acknowledgements are passed on after this many bytes.</summary>
    private const int Step = 128 << 10;

    private readonly Lock _gate = new();
    private long _passed = request.From.Offset;
    private long _wanted = request.From.Offset;
    private bool _waiting;
    private Task _passing = Task.CompletedTask;

    /// <summary>The reader has everything before an offset.</summary>
    public void Acknowledge(long offset)
    {
        lock (_gate)
        {
            _wanted = Math.Max(_wanted, offset);
            Begin();
        }
    }

    /// <summary>
    /// Passes items through, and so knows when all that there is has been read: then the program may wait for just what is acknowledged next.
    /// </summary>
    public async IAsyncEnumerable<OutputItem> WatchAsync(
        IAsyncEnumerable<OutputItem> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var enumerator = items.GetAsyncEnumerator(cancellationToken);
        while (await MoveAsync(enumerator))
        {
            if (enumerator.Current is OutputRewound rewound) GoBackTo(rewound.To);
            yield return enumerator.Current;
        }
    }

    /// <summary>Passes the rest on.</summary>
    public async ValueTask DisposeAsync()
    {
        Waits(waiting: true);
        while (true)
        {
            Task passing;
            lock (_gate) passing = _passing;
            await passing;
            lock (_gate)
            {
                if (ReferenceEquals(passing, _passing)) return;
            }
        }
    }

    private async ValueTask<bool> MoveAsync(IAsyncEnumerator<OutputItem> items)
    {
        var moved = items.MoveNextAsync();
        if (moved.IsCompleted) return await moved;
        Waits(waiting: true);
        try
        {
            return await moved;
        }
        finally
        {
            Waits(waiting: false);
        }
    }

    /// <summary>What was read beyond it was of another history.</summary>
    private void GoBackTo(long offset)
    {
        lock (_gate)
        {
            _wanted = Math.Min(_wanted, offset);
            _passed = Math.Min(_passed, offset);
        }
    }

    private void Waits(bool waiting)
    {
        lock (_gate)
        {
            _waiting = waiting;
            Begin();
        }
    }

    private void Begin()
    {
        if (_passing.IsCompleted && (_wanted - _passed >= Step || (_waiting && _wanted > _passed))) _passing = PassAsync();
    }

    private async Task PassAsync()
    {
        // Off the caller's back, who holds the gate.
        await Task.Yield();
        while (true)
        {
            long offset;
            lock (_gate)
            {
                if (_wanted - _passed < Step && !(_waiting && _wanted > _passed))
                {
                    _passing = Task.CompletedTask;
                    return;
                }

                _passed = offset = _wanted;
            }

            try
            {
                await sandbox.AcknowledgeAsync(request.ProcessId, request.Channel, offset);
            }
            catch (Exception e)
            {
                // The next one says more than this one did; a sandbox that cannot be reached ends the reading by itself.
                LogLost(e);
            }
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "An acknowledgement of output was lost")]
    private partial void LogLost(Exception exception);
}
