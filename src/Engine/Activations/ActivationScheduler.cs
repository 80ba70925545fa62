namespace Orleans.Runtime;

/// <summary>
/// Runs one activation's turns, one after another, on pool threads. A turn is what runs between two awaits; code that awaits comes back
/// here.
/// </summary>
internal sealed class ActivationScheduler(Activation owner) : TaskScheduler, IThreadPoolWorkItem
{
    // After this long the thread goes back to the pool, so that one busy activation does not keep others waiting.
    private const long QuantumMilliseconds = 100;

    private readonly Lock _gate = new();
    private readonly Queue<Task> _turns = new();
    private bool _scheduled;

    public override int MaximumConcurrencyLevel => 1;

    public void Execute()
    {
        var started = Environment.TickCount64;
        using (Activation.Enter(owner))
        {
            do
            {
                Task turn;
                lock (_gate)
                {
                    if (!_turns.TryDequeue(out turn!))
                    {
                        _scheduled = false;
                        return;
                    }
                }

                TryExecuteTask(turn);
            }
            while (Environment.TickCount64 - started < QuantumMilliseconds);
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Runs an action as a turn, without the caller's async locals.</summary>
    public void Queue(Action<object?> action, object? state)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            new Task(action, state).Start(this);
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            new Task(action, state).Start(this);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            _turns.Enqueue(task);
            if (_scheduled) return;
            _scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Activation.Current, owner) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate) return [.. _turns];
    }
}
