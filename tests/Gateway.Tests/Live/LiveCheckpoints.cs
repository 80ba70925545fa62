using System.Globalization;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Live;

/// <summary>Checkpoints in memory: each holds the programs of its sandbox as they were.</summary>
internal sealed class LiveCheckpoints : ICheckpointStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<(CheckpointDescription Checkpoint, LiveProcess[] Processes)>> _all = new(StringComparer.Ordinal);
    private int _last;

    public CheckpointDescription Add(string key, CheckpointRequest request, LiveProcess[] processes)
    {
        lock (_gate)
        {
            var checkpoint = new CheckpointDescription
            {
                Id = (++_last).ToString("d6", CultureInfo.InvariantCulture),
                Parent = request.Parent,
                Label = request.Label,
                Created = DateTimeOffset.UtcNow,
                Bytes = 4_096,
                Files = request.Label is "with files",
            };
            Of(key).Add((checkpoint, processes));
            return checkpoint;
        }
    }

    /// <summary>The programs of a checkpoint; using it twice gives the same ones twice.</summary>
    public LiveProcess[] Take(string key, string id, long timeline)
    {
        lock (_gate) return [.. Of(key).Single(one => one.Checkpoint.Id == id).Processes.Select(process => process.Copy(timeline))];
    }

    public Task<CheckpointDescription[]> ListAsync(string key, CancellationToken cancellationToken)
    {
        lock (_gate) return Task.FromResult<CheckpointDescription[]>([.. Of(key).Select(one => one.Checkpoint)]);
    }

    public Task<Outcome<CheckpointDescription>> CopyAsync(string fromKey, string checkpointId, string toKey, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var (checkpoint, processes) = Of(fromKey).Single(one => one.Checkpoint.Id == checkpointId);
            Of(toKey).Add((checkpoint with { Parent = null }, processes));
            return Task.FromResult(new Outcome<CheckpointDescription> { Value = checkpoint });
        }
    }

    public Task DeleteAsync(string key, string checkpointId, CancellationToken cancellationToken)
    {
        lock (_gate) Of(key).RemoveAll(one => one.Checkpoint.Id == checkpointId);
        return Task.CompletedTask;
    }

    public Task RetainAsync(string key, int keep, string needed, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            string[] gone = [.. Of(key).Where(one => one.Checkpoint.Label is null && one.Checkpoint.Id != needed).Select(one => one.Checkpoint.Id).SkipLast(keep)];
            Of(key).RemoveAll(one => gone.Contains(one.Checkpoint.Id));
            return Task.CompletedTask;
        }
    }

    public Task DeleteAllAsync(string key, CancellationToken cancellationToken)
    {
        lock (_gate) _all.Remove(key);
        return Task.CompletedTask;
    }

    private List<(CheckpointDescription Checkpoint, LiveProcess[] Processes)> Of(string key)
    {
        if (!_all.TryGetValue(key, out var all)) _all[key] = all = [];
        return all;
    }
}
