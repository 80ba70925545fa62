namespace Sandbox.Silo.Tests.Holding;

/// <summary>
/// One thread on which code under test runs, and stands still at every gate until the test lets it go on: so a random number decides in which
/// order everything happens, and the same number decides the same again.
/// </summary>
internal sealed class StepLoop : SynchronizationContext, IDisposable
{
    private readonly SynchronizationContext? _before = Current;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();

    public StepLoop() => SetSynchronizationContext(this);

    /// <summary>Where code stands still: whose it is, and what lets it go on.</summary>
    public List<(string Actor, TaskCompletionSource Open)> Gates { get; } = [];

    /// <summary>Whether code stops at gates; otherwise it passes them.</summary>
    public bool Gated { get; set; } = true;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_ready) _ready.Enqueue((d, state));
    }

    public Task GateAsync(string actor)
    {
        if (!Gated) return Task.CompletedTask;
        var open = new TaskCompletionSource();
        Gates.Add((actor, open));
        return open.Task;
    }

    /// <summary>Runs what can run until everything stands still.</summary>
    public void Settle()
    {
        while (true)
        {
            (SendOrPostCallback Callback, object? State) next;
            lock (_ready)
            {
                if (!_ready.TryDequeue(out next)) return;
            }

            next.Callback(next.State);
        }
    }

    /// <summary>Opens one gate of those whose actors may go on.</summary>
    /// <returns>False when there is none.</returns>
    public bool Step(Random random, Func<string, bool>? may = null)
    {
        Settle();
        var open = Gates.Where(gate => may?.Invoke(gate.Actor) is not false).ToList();
        if (open.Count == 0) return false;
        var gate = open[random.Next(open.Count)];
        Gates.Remove(gate);
        gate.Open.SetResult();
        Settle();
        return true;
    }

    /// <summary>The result of code that has nothing left to wait for.</summary>
    public T Run<T>(Task<T> task)
    {
        Settle();
        Assert.True(task.IsCompleted, "It waits for something that does not happen.");
        return task.GetAwaiter().GetResult();
    }

    public void Run(Task task)
    {
        Settle();
        Assert.True(task.IsCompleted, "It waits for something that does not happen.");
        task.GetAwaiter().GetResult();
    }

    public void Dispose() => SetSynchronizationContext(_before);
}
