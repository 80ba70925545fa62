namespace Sandbox.CloudStorage;

/// <summary>A bucket without versioning: its objects, and what goes wrong with it.</summary>
public sealed class Bucket(string name, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _writes = new(StringComparer.Ordinal);
    private readonly List<Fault> _faults = [];
    private readonly List<string> _requests = [];
    private long _generation = 1_700_000_000_000_000;

    public string Name => name;

    /// <summary>The least time between two writes of one name; sooner ones are answered with 429.</summary>
    public TimeSpan WriteInterval { get; set; }

    /// <summary>How many writes came too soon.</summary>
    public int Refused { get; private set; }

    /// <summary>Whether requests without a good token are refused.</summary>
    public bool IsPrivate { get; set; }

    /// <summary>Every request as <c>METHOD PATH?QUERY</c>, in their order.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_gate) return [.. _requests];
        }
    }

    public IReadOnlyList<StoredObject> Objects
    {
        get
        {
            lock (_gate) return [.. _objects.Values];
        }
    }

    /// <summary>Makes something go wrong, after what was added before.</summary>
    public void Add(Fault fault)
    {
        lock (_gate) _faults.AddRange(Enumerable.Repeat(fault, fault.Times));
    }

    /// <summary>Faults that have not happened yet.</summary>
    public int FaultsLeft
    {
        get
        {
            lock (_gate) return _faults.Count;
        }
    }

    internal Fault? Take(string request)
    {
        lock (_gate)
        {
            _requests.Add(request);
            var index = _faults.FindIndex(fault => fault.IsOf(request));
            if (index < 0) return null;
            var fault = _faults[index];
            _faults.RemoveAt(index);
            return fault;
        }
    }

    internal StoredObject Get(string key, long? generation)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(key, out var found) && (generation is null || generation == found.Generation)
                ? found
                : throw new StorageException(404, "notFound", $"No such object: {name}/{key}");
        }
    }

    internal void CheckMatch(string key, long? ifGenerationMatch)
    {
        lock (_gate) Match(key, ifGenerationMatch);
    }

    /// <summary>Writes an object, as an upload does.</summary>
    public StoredObject Put(string key, byte[] bytes, string contentType, IReadOnlyDictionary<string, string> metadata, long? ifGenerationMatch = null)
    {
        lock (_gate)
        {
            Match(key, ifGenerationMatch);
            Pace(key);
            var stored = new StoredObject(key, bytes, ++_generation, time.GetUtcNow(), contentType, metadata);
            _objects[key] = stored;
            return stored;
        }
    }

    internal void Delete(string key, long? ifGenerationMatch)
    {
        lock (_gate)
        {
            Get(key, generation: null);
            Match(key, ifGenerationMatch);
            Pace(key);
            _objects.Remove(key);
        }
    }

    private void Match(string key, long? ifGenerationMatch)
    {
        if (ifGenerationMatch is { } expected && expected != (_objects.GetValueOrDefault(key)?.Generation ?? 0))
            throw new StorageException(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
    }

    private void Pace(string key)
    {
        // By a real clock, whatever the objects' times are.
        if (WriteInterval > TimeSpan.Zero && _writes.TryGetValue(key, out var last) && TimeProvider.System.GetElapsedTime(last) < WriteInterval)
        {
            Refused++;
            throw new StorageException(429, "rateLimitExceeded", $"The object {name}/{key} exceeded the rate limit for object mutation operations.");
        }

        _writes[key] = TimeProvider.System.GetTimestamp();
    }
}
