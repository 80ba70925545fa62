using System.Collections.Concurrent;

namespace Sandbox.Silo.Output;

/// <summary>
/// The threads that write output to the disk for every log of a host: few, and their own, so that a slow disk holds up neither the thread pool
/// nor a keystroke's way through it. Each log has one step at most in the queue, and a step is one write, so the queue is bounded by the number of
/// logs and a flood waits its turn behind the others. The logs are disposed of before it is.
/// </summary>
/// <param name="threads">How many, 1 to 64. They start with the first step.</param>
internal sealed class SpillWriter(int threads = 2) : IDisposable
{
    private readonly BlockingCollection<Action> _steps = [];
    private readonly Lock _gate = new();
    private Thread[] _threads = [];

    /// <summary>Runs a step soon. It must not throw.</summary>
    /// <exception cref="InvalidOperationException">It was disposed of.</exception>
    public void Post(Action step)
    {
        if (_threads.Length == 0) Start();
        _steps.Add(step);
    }

    /// <summary>Runs what was posted, and ends the threads.</summary>
    public void Dispose()
    {
        _steps.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _steps.Dispose();
    }

    private void Start()
    {
        lock (_gate)
        {
            if (_threads.Length > 0) return;
            var started = new Thread[threads];
            for (var i = 0; i < started.Length; i++)
            {
                started[i] = new Thread(Run) { IsBackground = true, Name = $"output-spill-{i}" };
                started[i].Start();
            }

            _threads = started;
        }
    }

    private void Run()
    {
        foreach (var step in _steps.GetConsumingEnumerable())
        {
            try
            {
                step();
            }
            catch (InvalidOperationException) when (_steps.IsAddingCompleted)
            {
                // The step of a log that should have been disposed of wants another one. Its files are left to who owns the directory.
            }
        }
    }
}
