using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Checkpoints;

/// <summary>A store, and hosts that use it.</summary>
internal sealed class CheckpointFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestStore _test;
    private int _hosts;

    public CheckpointFixture(StoreKind kind)
    {
        _test = new TestStore(kind, Time);
        Blobs = new WatchedBlobs(Stored);
        Store = Host(Blobs);
    }

    public static SandboxKey Box { get; } = new("alice", "box");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The store itself.</summary>
    public IBlobStore Stored => _test.Blobs;

    public WatchedBlobs Blobs { get; }

    public CheckpointStore Store { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A host of its own, with an empty cache.</summary>
    public CheckpointStore Host(IBlobStore? blobs = null, CheckpointKeys? keys = null) => new(
        blobs ?? Stored, keys ?? Drafts.Keys, PartCache.Open(Below($"cache{++_hosts}"), 1 << 20, "boot"), Time, NullLogger<CheckpointStore>.Instance);

    public string Below(string name) => _directory.Below(name);

    /// <summary>Files of a checkpoint, by name and text.</summary>
    public Dictionary<string, string> Files(params (string Name, string Text)[] files)
    {
        var directory = _directory.Below($"files-{Guid.NewGuid():N}");
        return files.ToDictionary(file => file.Name, file =>
        {
            var path = Path.Combine(directory, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Text);
            return path;
        });
    }

    public async Task<CheckpointManifest> SaveAsync(SandboxKey key, string? parent, params (string Name, string Text)[] files)
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        return await Store.SaveAsync(Drafts.Of(key, parent), Files(files), Cancel);
    }

    /// <summary>What a host gets of a checkpoint.</summary>
    public async Task<string> FetchAsync(CheckpointStore host, SandboxKey key, string id)
    {
        var directory = _directory.Below($"fetched-{Guid.NewGuid():N}");
        await host.FetchAsync(await host.ReadAsync(key, id, Cancel), directory, Cancel);
        var files = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return string.Join(' ', files.Select(file => $"{Path.GetRelativePath(directory, file)}={File.ReadAllText(file)}"));
    }

    public async Task<List<string>> NamesAsync() => await Stored.ListAsync("", cancellationToken: Cancel).Select(blob => blob.Name).ToListAsync(Cancel);

    public Task<int> SweepAsync() =>
        new CheckpointSweep(Stored, Options.Create(new CheckpointOptions()), Time, NullLogger<CheckpointSweep>.Instance).RunAsync("alice", Cancel);

    public void Dispose()
    {
        _test.Dispose();
        _directory.Dispose();
    }
}
