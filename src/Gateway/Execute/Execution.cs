using Sandbox.Gateway.Problems;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute;

/// <summary>
/// One execution that a host has taken. Disposing it ends the program, if it still runs, and removes its sandbox.
/// </summary>
internal sealed class Execution : IAsyncDisposable
{
    /// <summary>
    /// Events that come in one message at most. With one message read ahead this bounds what lies between a host and a reader that stalls
    /// to twice this many events, of 64 KiB at most.
    /// </summary>
    private const int EventsAtOnce = 16;

    private readonly IAsyncEnumerator<ExecutionEvent> _events;
    private readonly CancellationTokenSource _ending;
    private ExecutionEvent? _first;
    private Task<bool>? _moving;

    private Execution(IAsyncEnumerator<ExecutionEvent> events, CancellationTokenSource ending, ExecutionEvent first)
    {
        _events = events;
        _ending = ending;
        // That it has started is known by this object's existence.
        _first = first is ExecutionStarted ? null : first;
    }

    /// <summary>Asks for an execution and waits until a host has taken it.</summary>
    /// <exception cref="ProblemException">No host took it, or the server went down meanwhile.</exception>
    public static async Task<Execution> StartAsync(IExecutionGrain grain, ExecutionRequest request, ExecutionLifetime.Lease lease)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(lease.Token);
        var events = grain.RunAsync(request, ending.Token).WithBatchSize(EventsAtOnce).GetAsyncEnumerator(ending.Token);
        try
        {
            if (!await events.MoveNextAsync())
            {
                throw EndedWithoutExit();
            }

            return events.Current is ExecutionRefused refused
                ? throw new ProblemException(ExecuteProblems.Refused(refused))
                : new Execution(events, ending, events.Current);
        }
        catch (Exception exception)
        {
            await ending.CancelAsync();
            await events.DisposeAsync();
            ending.Dispose();
            if (exception is OperationCanceledException && lease.ServerStopped)
            {
                throw new ProblemException(ExecuteProblems.Stopping());
            }

            throw;
        }
    }

    /// <summary>
    /// The next output, or the exit, which is the last. Completes at once while events are at hand, so a caller that finds it incomplete
    /// knows that now is the time to flush.
    /// </summary>
    public ValueTask<ExecutionEvent> NextAsync()
    {
        if (_first is { } first)
        {
            _first = null;
            return ValueTask.FromResult(first);
        }

        var moved = _events.MoveNextAsync();
        if (moved.IsCompletedSuccessfully)
        {
            return ValueTask.FromResult(Take(moved.Result));
        }

        _moving = moved.AsTask();
        return WaitAsync(_moving);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_moving is not null)
        {
            // An enumerator may not be disposed of while it moves. How that move ends no longer matters to anybody.
            await ((Task)_moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _events.DisposeAsync();
        _ending.Dispose();
    }

    private static InvalidOperationException EndedWithoutExit() => new("The host ended the execution without saying how.");

    private async ValueTask<ExecutionEvent> WaitAsync(Task<bool> moving) => Take(await moving);

    private ExecutionEvent Take(bool moved) => moved ? _events.Current : throw EndedWithoutExit();
}
