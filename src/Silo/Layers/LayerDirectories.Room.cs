using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Layers;

// What stays unpacked, and what goes.
internal sealed partial class LayerDirectories
{
    private readonly Lock _gate = new();
    private readonly LayerShelf _shelf = new(mostBytes);
    private bool _looked;

    /// <summary>Told, on any thread, the chain id of each stack that was evicted.</summary>
    public Action<string>? Evicted { get; set; }

    private void MakeRoom(string made, long bytes)
    {
        List<WorkInProgress> removals = [];
        List<string> evicted;
        lock (_gate)
        {
            Look();
            _shelf.Put(Path.GetFileName(made), bytes);
            evicted = _shelf.Evict();
            foreach (var name in evicted)
            {
                // By a rename, so that nobody finds half of one. The operator may have removed it, or another process.
                var removal = WorkInProgress.Begin(data.Layers);
                removals.Add(removal);
                var directory = Path.Combine(data.Layers, name);
                if (Directory.Exists(directory)) Directory.Move(directory, removal.Path);
            }
        }

        foreach (var name in evicted) Evicted?.Invoke(name["sha256-".Length..]);
        foreach (var removal in removals) removal.Dispose();
    }

    /// <summary>What an earlier process left here, the oldest first.</summary>
    private void Look()
    {
        if (_looked) return;
        _looked = true;
        foreach (var directory in new DirectoryInfo(data.Layers).EnumerateDirectories("sha256-*").OrderBy(directory => directory.LastAccessTimeUtc))
        {
            _shelf.Put(directory.Name, DirectoryTree.Size(directory.FullName));
        }
    }
}
