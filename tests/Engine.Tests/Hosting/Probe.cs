namespace Sandbox.Engine.Tests.Hosting;

/// <summary>
/// What tests see of the inside of grains, and how they hold them up: events in order and gates, by the grain's key. It is a service of the
/// host, so that nothing of it crosses a grain boundary.
/// </summary>
internal sealed class Probe
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<string>> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object?> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Record(string key, string happened)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (!_events.TryGetValue(key, out var events)) _events[key] = events = [];
            events.Add(happened);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    public IReadOnlyList<string> Events(string key)
    {
        lock (_gate) return _events.TryGetValue(key, out var events) ? [.. events] : [];
    }

    public int Count(string key, string happened) => Events(key).Count(candidate => string.Equals(candidate, happened, StringComparison.Ordinal));

    /// <summary>Waits until something has happened so often. The test's deadline ends the wait.</summary>
    public async Task Until(string key, string happened, int times = 1)
    {
        while (true)
        {
            Task changed;
            lock (_gate) changed = _changed.Task;
            if (Count(key, happened) >= times) return;
            await changed.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Keeps an object for a test to compare by reference.</summary>
    public void Keep(string key, object? value)
    {
        lock (_gate) _objects[key] = value;
    }

    public object? Kept(string key)
    {
        lock (_gate) return _objects[key];
    }

    /// <summary>Completes once the gate was opened.</summary>
    public Task Passing(string gate) => Gate(gate).Task;

    public void Open(string gate) => Gate(gate).TrySetResult();

    private TaskCompletionSource Gate(string name)
    {
        lock (_gate)
        {
            if (!_gates.TryGetValue(name, out var gate))
            {
                _gates[name] = gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return gate;
        }
    }
}
