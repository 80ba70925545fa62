namespace Sandbox.Silo.Sandboxes;

/// <summary>
/// Lets operations in, any number at once, except while it is closed: then those that come wait, and closing waits for those that are in. Thread-safe.
/// </summary>
internal sealed class OperationGate
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _closing = new();
    private TaskCompletionSource? _closed;
    private TaskCompletionSource? _empty;
    private int _inside;
    private bool _broken;

    /// <summary>Cancelled when it closes: whoever is in and waits for a program should leave.</summary>
    public CancellationToken Closing
    {
        get
        {
            lock (_gate) return _closing.Token;
        }
    }

    /// <summary>Comes in; waits while it is closed.</summary>
    /// <returns>False when it will never open again.</returns>
    public async ValueTask<bool> EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task opened;
            lock (_gate)
            {
                if (_broken) return false;
                if (_closed is null)
                {
                    _inside++;
                    return true;
                }

                opened = _closed.Task;
            }

            await opened.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Leaves.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_inside == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more; completes when all are out. Whoever closes it opens or breaks it.</summary>
    /// <exception cref="InvalidOperationException">It is closed already.</exception>
    public Task CloseAsync()
    {
        Task empty;
        CancellationTokenSource closing;
        lock (_gate)
        {
            if (_closed is not null || _broken) throw new InvalidOperationException("The gate is closed already.");
            _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_inside == 0) _empty.SetResult();
            (empty, closing) = (_empty.Task, _closing);
        }

        return EmptyAsync(closing, empty);
    }

    private static async Task EmptyAsync(CancellationTokenSource closing, Task empty)
    {
        await closing.CancelAsync();
        await empty;
    }

    /// <summary>Opens it again.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _closing = new CancellationTokenSource();
            (var closed, _closed, _empty) = (_closed, null, null);
            closed?.SetResult();
        }
    }

    /// <summary>Nobody comes in any more, nor waits for it.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _broken = true;
            (var closed, _closed) = (_closed, null);
            closed?.SetResult();
        }
    }
}
