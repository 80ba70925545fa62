using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>Snapshots in memory: an import is its own description, an export gives its bytes back.</summary>
internal sealed class MemorySnapshots : ISnapshotStore
{
    private readonly ConcurrentDictionary<string, SnapshotDescription> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _uploads = new(StringComparer.Ordinal);

    public void Add(string key, SnapshotDescription snapshot) => _all[key] = snapshot;

    public Task<Outcome<SnapshotDescription>> DescribeAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Find(key));

    public Task<SnapshotPage> ListAsync(string owner, string? after, int limit, Dictionary<string, string> labels, CancellationToken cancellationToken) =>
        Task.FromResult(new SnapshotPage
        {
            Snapshots =
            [
                .. _all.Where(pair => pair.Key.StartsWith(owner + "/", StringComparison.Ordinal)).Select(pair => pair.Value).OrderBy(one => one.Name, StringComparer.Ordinal)
                    .Where(one => string.CompareOrdinal(one.Name, after) > 0).Take(limit),
            ],
        });

    public Task<Outcome<SnapshotDescription>> LabelAsync(string key, Dictionary<string, string> labels, CancellationToken cancellationToken)
    {
        if (_all.TryGetValue(key, out var snapshot)) _all[key] = snapshot with { Labels = labels };
        return Task.FromResult(Find(key));
    }

    public Task<Outcome<SnapshotDescription>> RenameAsync(string key, string to, CancellationToken cancellationToken)
    {
        var renamed = key[..(key.IndexOf('/', StringComparison.Ordinal) + 1)] + to;
        if (_all.TryRemove(key, out var snapshot)) _all[renamed] = snapshot with { Name = to };
        return Task.FromResult(Find(renamed));
    }

    public Task<Outcome<SnapshotDescription>> DeleteAsync(string key, bool cascade, CancellationToken cancellationToken)
    {
        var found = Find(key);
        _all.TryRemove(key, out _);
        return Task.FromResult(found);
    }

    public async IAsyncEnumerable<byte[]> ExportAsync(string key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var piece in _uploads.GetValueOrDefault(key, [1, 2, 3]).Chunk(100_000)) yield return piece;
    }

    public Task<Outcome<SnapshotImport>> WriteImportAsync(string key, string importId, long offset, byte[] data)
    {
        var before = _uploads.GetValueOrDefault(key, []);
        Assert.Equal(offset, before.Length);
        _uploads[key] = [.. before, .. data];
        return Task.FromResult(new Outcome<SnapshotImport> { Value = new SnapshotImport { Bytes = _uploads[key].Length } });
    }

    public Task<Outcome<SnapshotDescription>> ImportAsync(string key, string importId, SnapshotOptions options, CancellationToken cancellationToken)
    {
        Add(key, new SnapshotDescription
        {
            Name = key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..],
            Created = DateTimeOffset.UnixEpoch,
            Bytes = _uploads[key].Length,
            LayerCount = 1,
            Labels = options.Labels,
        });
        return Task.FromResult(Find(key));
    }

    private Outcome<SnapshotDescription> Find(string key) => _all.TryGetValue(key, out var snapshot)
        ? new Outcome<SnapshotDescription> { Value = snapshot }
        : new Outcome<SnapshotDescription> { Error = new SandboxError { Code = SandboxErrorCode.NotFound, Message = $"There is no snapshot '{key}'." } };
}
