namespace Sandbox.Silo.Layers;

/// <summary>
/// Which unpacked layers are in use, when each was used last, and which may go when together they are too large. Pure: it touches no file. Not
/// thread-safe.
/// </summary>
/// <param name="mostBytes">What all may take together, in bytes. Those in use stay, even beyond it.</param>
internal sealed class LayerShelf(long mostBytes)
{
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private long _clock;

    /// <summary>Bytes of all that are known.</summary>
    public long Bytes => _places.Values.Sum(place => place.Bytes);

    /// <summary>Whether a layer is there.</summary>
    public bool Has(string name) => _places.TryGetValue(name, out var place) && place.IsThere;

    /// <summary>A layer begins to be used, whether it is there yet or not.</summary>
    public void Take(string name)
    {
        var place = Of(name);
        place.Uses++;
        place.Last = ++_clock;
    }

    /// <summary>One use of a layer ends.</summary>
    public void Release(string name)
    {
        var place = Of(name);
        place.Uses--;
        place.Last = ++_clock;
        if (place is { Uses: 0, IsThere: false }) _places.Remove(name);
    }

    /// <summary>A layer is there.</summary>
    public void Put(string name, long bytes)
    {
        var place = Of(name);
        if (place.Last == 0) place.Last = ++_clock;
        (place.Bytes, place.IsThere) = (bytes, true);
    }

    /// <summary>Takes away the names of those that are to go: the ones used longest ago, of those that nobody uses.</summary>
    public List<string> Evict()
    {
        var evicted = new List<string>();
        var bytes = Bytes;
        foreach (var (name, place) in _places.Where(pair => pair.Value is { Uses: 0, IsThere: true }).OrderBy(pair => pair.Value.Last).ToList())
        {
            if (bytes <= mostBytes) break;
            bytes -= place.Bytes;
            _places.Remove(name);
            evicted.Add(name);
        }

        return evicted;
    }

    private Place Of(string name) => _places.TryGetValue(name, out var place) ? place : _places[name] = new Place();

    private sealed class Place
    {
        public int Uses { get; set; }

        public long Last { get; set; }

        public long Bytes { get; set; }

        public bool IsThere { get; set; }
    }
}
