using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Sandbox.Gateway.Tests.Live;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Gateway.Tests.Hosting;

/// <summary>A host below the real grain that does what a test wrote down for a script, instead of running it.</summary>
public sealed class ScriptedHost : ISandboxHost
{
    private readonly ConcurrentDictionary<string, Func<ExecutionRequest, CancellationToken, IAsyncEnumerable<ExecutionEvent>>> _plays = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _ran = new(StringComparer.Ordinal);

    private readonly LiveCheckpoints _checkpoints = new();
    private readonly ConcurrentDictionary<string, LiveSandbox> _live = new(StringComparer.Ordinal);

    public HostReadiness Readiness { get; set; } = new(Ready: true, Reason: null);

    /// <summary>What the host knows of others.</summary>
    public IHostRooms? Rooms { get; set; }

    /// <summary>Whether a script has reached the host.</summary>
    public bool HasRun(string script) => _ran.ContainsKey(script);

    /// <summary>Writes down what a new script does.</summary>
    /// <returns>The script, which no other test has.</returns>
    public string Play(Func<ExecutionRequest, CancellationToken, IAsyncEnumerable<ExecutionEvent>> play, string? script = null)
    {
        script ??= $"# {Guid.NewGuid():n}";
        Assert.True(_plays.TryAdd(script, play));
        return script;
    }

    /// <summary>Writes down a script that has these events, started first, one after another and at once.</summary>
    public string Play(params ExecutionEvent[] events) => Play((_, _) => Events.Of(events));

    public async IAsyncEnumerable<ExecutionEvent> ExecuteAsync(ExecutionRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var script = Encoding.UTF8.GetString(request.Code);
        _ran[script] = true;
        var play = _plays.GetValueOrDefault(script) ?? throw new InvalidOperationException("No test has written down what this script does.");
        await foreach (var happened in play(request, cancellationToken).WithCancellation(cancellationToken)) yield return happened;
    }

    /// <summary>What starts of sandboxes answer instead of starting, by key.</summary>
    internal ConcurrentDictionary<string, SandboxError> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>How many sandboxes live.</summary>
    public int LiveCount => _live.Count;

    /// <summary>The sandbox below a key.</summary>
    internal LiveSandbox Live(string key) => _live[key];

    /// <summary>Whether there is one.</summary>
    internal bool Lives(string key) => _live.ContainsKey(key);

    public Task<Outcome<ILiveSandbox>> StartSandboxAsync(string key, SandboxSpec spec, CancellationToken cancellationToken)
    {
        if (Refusals.TryGetValue(key, out var refusal)) return Task.FromResult(new Outcome<ILiveSandbox> { Error = refusal });
        return Task.FromResult(Begin(key, spec, timeline: 1, []));
    }

    public ICheckpointStore Checkpoints => _checkpoints;

    internal MemorySnapshots Snapshots { get; } = new();

    ISnapshotStore ISandboxHost.Snapshots => Snapshots;

    internal MemoryTemplates Templates { get; } = new();

    ITemplateStore ISandboxHost.Templates => Templates;

    public Task<Outcome<ILiveSandbox>> RestoreSandboxAsync(string key, SandboxSpec spec, CheckpointRestore restore, CancellationToken cancellationToken) =>
        Task.FromResult(!restore.Cold && Refusals.TryGetValue(key, out var refusal)
            ? new Outcome<ILiveSandbox> { Error = refusal }
            : Begin(key, spec, restore.Timeline, _checkpoints.Take(key, restore.CheckpointId, restore.Timeline), restore.Cold));

    public ILiveSandbox? FindSandbox(string key) => _live.GetValueOrDefault(key);

    private Outcome<ILiveSandbox> Begin(string key, SandboxSpec spec, long timeline, LiveProcess[] processes, bool cold = false)
    {
        var sandbox = new LiveSandbox(key, spec, timeline, _checkpoints, () => _live.TryRemove(key, out _))
        {
            Cold = cold ? new ColdStart(DateTimeOffset.UnixEpoch, [.. processes.Select(process => process.Id)]) : null,
        };
        foreach (var process in processes.Where(_ => cold)) process.End(ProcessEndReason.SandboxEnded);
        sandbox.TakeOver(processes);
        Assert.True(_live.TryAdd(key, sandbox), $"{key} was started while it lived.");
        return new Outcome<ILiveSandbox> { Value = sandbox };
    }
}
