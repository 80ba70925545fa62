using System.Collections.Concurrent;
using System.Globalization;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Checkpoints in memory: each holds the programs of its sandbox.</summary>
internal sealed class ScriptedCheckpoints : ICheckpointStore
{
    private readonly ConcurrentDictionary<string, List<(CheckpointDescription Checkpoint, ScriptedProcess[] Processes)>> _all = new(StringComparer.Ordinal);
    private int _last;

    /// <summary>The time of new ones.</summary>
    public Func<DateTimeOffset> Now { get; set; } = () => DateTimeOffset.UtcNow;

    public CheckpointDescription Add(string key, CheckpointRequest request, ScriptedProcess[] processes)
    {
        var checkpoint = new CheckpointDescription
        {
            Id = Interlocked.Increment(ref _last).ToString("d6", CultureInfo.InvariantCulture),
            Parent = request.Parent,
            Label = request.Label,
            Created = Now(),
            Bytes = 1,
        };
        // One that goes on keeps its programs; the checkpoint has copies.
        Add(key, checkpoint, request.Suspend ? processes : [.. processes.Select(process => process.Copy())]);
        return checkpoint;
    }

    /// <summary>The programs of a checkpoint; a checkpoint that is used twice gives copies the second time.</summary>
    public ScriptedProcess[] Take(string key, string id)
    {
        var all = _all[key];
        lock (all)
        {
            var at = all.FindIndex(one => one.Checkpoint.Id == id);
            var taken = all[at].Processes;
            all[at] = (all[at].Checkpoint, [.. taken.Select(process => process.Copy())]);
            return taken;
        }
    }

    public Task<CheckpointDescription[]> ListAsync(string key, CancellationToken cancellationToken)
    {
        if (!_all.TryGetValue(key, out var all)) return Task.FromResult<CheckpointDescription[]>([]);
        lock (all) return Task.FromResult<CheckpointDescription[]>([.. all.Select(one => one.Checkpoint)]);
    }

    public async Task<Outcome<CheckpointDescription>> CopyAsync(string fromKey, string checkpointId, string toKey, CancellationToken cancellationToken)
    {
        var checkpoint = (await ListAsync(fromKey, cancellationToken)).Single(one => one.Id == checkpointId);
        Add(toKey, checkpoint with { Parent = null }, [.. Take(fromKey, checkpointId).Select(process => process.Copy())]);
        return new Outcome<CheckpointDescription> { Value = checkpoint };
    }

    public Task DeleteAsync(string key, string checkpointId, CancellationToken cancellationToken)
    {
        if (_all.TryGetValue(key, out var all))
        {
            lock (all) all.RemoveAll(one => one.Checkpoint.Id == checkpointId);
        }

        return Task.CompletedTask;
    }

    /// <summary>What retaining throws.</summary>
    public Exception? RetentionFailure { get; set; }

    public Task RetainAsync(string key, int keep, string needed, CancellationToken cancellationToken)
    {
        if (RetentionFailure is { } failure) return Task.FromException(failure);
        var all = _all[key];
        lock (all)
        {
            string[] gone = [.. all.Where(one => one.Checkpoint.Label is null && one.Checkpoint.Id != needed).Select(one => one.Checkpoint.Id).SkipLast(keep)];
            all.RemoveAll(one => gone.Contains(one.Checkpoint.Id));
        }

        return Task.CompletedTask;
    }

    public Task DeleteAllAsync(string key, CancellationToken cancellationToken)
    {
        _all.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    private void Add(string key, CheckpointDescription checkpoint, ScriptedProcess[] processes)
    {
        var all = _all.GetOrAdd(key, _ => []);
        lock (all) all.Add((checkpoint, processes));
    }
}
