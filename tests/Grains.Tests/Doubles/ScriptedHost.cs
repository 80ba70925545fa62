using System.Collections.Concurrent;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>A host without a machine: it keeps what it was asked to start, and does what the test says.</summary>
internal sealed class ScriptedHost : ISandboxHost
{
    private readonly ConcurrentDictionary<string, ScriptedSandbox> _living = new(StringComparer.Ordinal);
    private int _starts;

    /// <summary>What a start waits for, by key.</summary>
    public ConcurrentDictionary<string, Task> Holds { get; } = new(StringComparer.Ordinal);

    /// <summary>What starts answer instead of starting, by key.</summary>
    public ConcurrentDictionary<string, SandboxError> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>Run within a start, by key.</summary>
    public ConcurrentDictionary<string, Action> OnStart { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Started { get; } = new();

    /// <summary>What was asked for, once by every activation.</summary>
    public ConcurrentQueue<string> Sought { get; } = new();

    public int Starts => Volatile.Read(ref _starts);

    public HostReadiness Readiness => new(true, null);

    public ScriptedSandbox this[string key] => _living[key];

    public async Task<Outcome<ILiveSandbox>> StartSandboxAsync(string key, SandboxSpec spec, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _starts);
        Started.Enqueue(key);
        if (Holds.TryGetValue(key, out var hold)) await hold.WaitAsync(cancellationToken);
        if (OnStart.TryGetValue(key, out var act)) act();
        if (Refusals.TryGetValue(key, out var refusal)) return new Outcome<ILiveSandbox> { Error = refusal };
        var sandbox = NewSandbox(key, spec, timeline: 1, resumed: spec.Start is not null);
        Assert.True(_living.TryAdd(key, sandbox), $"{key} was started while it lived.");
        return new Outcome<ILiveSandbox> { Value = sandbox };
    }

    /// <summary>The stored checkpoints. They outlive a crash.</summary>
    public ScriptedCheckpoints Stored { get; init; } = new();

    public ISandboxHolding? Holding { get; init; }

    public IHostRooms? Rooms { get; init; }

    public ICheckpointStore Checkpoints => Stored;

    public MemorySnapshots Snapshots { get; } = new();

    ISnapshotStore ISandboxHost.Snapshots => Snapshots;

    public MemoryTemplates Templates { get; } = new();

    ITemplateStore ISandboxHost.Templates => Templates;

    public ConcurrentQueue<CheckpointRestore> Restored { get; } = new();

    public async Task<Outcome<ILiveSandbox>> RestoreSandboxAsync(string key, SandboxSpec spec, CheckpointRestore restore, CancellationToken cancellationToken)
    {
        Restored.Enqueue(restore);
        if (Holds.TryGetValue(key, out var hold)) await hold.WaitAsync(cancellationToken);
        if (!restore.Cold && Refusals.TryGetValue(key, out var refusal)) return new Outcome<ILiveSandbox> { Error = refusal };
        var sandbox = NewSandbox(key, spec, restore.Timeline, resumed: true);
        var processes = Stored.Take(key, restore.CheckpointId);
        if (restore.Cold)
        {
            sandbox.Cold = new ColdStart(DateTimeOffset.UnixEpoch, IsImageLegible ? [.. processes.Where(process => !process.Ended.IsCompleted).Select(process => process.Id)] : null);
            foreach (var process in processes) process.End(ProcessEndReason.SandboxEnded);
        }

        if (!restore.Cold || IsImageLegible) sandbox.TakeOver(processes);
        Assert.True(_living.TryAdd(key, sandbox), $"{key} was restored while it lived.");
        return new Outcome<ILiveSandbox> { Value = sandbox };
    }

    /// <summary>Whether a checkpoint that cannot be restored still tells of its programs.</summary>
    public bool IsImageLegible { get; set; } = true;

    /// <summary>The sandboxes that have hooks when they come out of a checkpoint, by key: null where those start.</summary>
    public ConcurrentDictionary<string, SandboxError?> Hooks { get; } = new(StringComparer.Ordinal);

    private ScriptedSandbox NewSandbox(string key, SandboxSpec spec, long timeline, bool resumed) =>
        new(spec, () => _living.TryRemove(key, out _), (request, processes) => Stored.Add(key, request, processes))
        {
            Timeline = timeline,
            HasHooks = Hooks.TryGetValue(key, out var failure) && resumed,
            StartFailure = failure,
        };

    public ILiveSandbox? FindSandbox(string key)
    {
        Sought.Enqueue(key);
        return _living.GetValueOrDefault(key);
    }

    /// <summary>Forgets all that lives, as a crash of the machine does.</summary>
    public void Crash() => _living.Clear();

    public IAsyncEnumerable<ExecutionEvent> ExecuteAsync(ExecutionRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("One-offs are tested elsewhere.");
}
