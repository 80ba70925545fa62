using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Storage;

/// <summary>Keeps states in this process, as copies. For what may be lost with the process; it grows with what is written.</summary>
internal sealed class MemoryGrainStorage(Engine engine) : IGrainStorage
{
    private const string AnyVersion = "*";

    private readonly ConcurrentDictionary<(string Name, GrainId Grain), Record> _records = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_records.TryGetValue((stateName, grainId), out var record))
        {
            grainState.State = Copy((T?)record.State);
            grainState.ETag = record.Version;
            grainState.RecordExists = true;
        }
        else
        {
            Reset(grainState);
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        var next = new Record(Copy(grainState.State), Guid.NewGuid().ToString("n"));
        var known = Check(key, grainState.ETag);
        var written = known is null ? _records.TryAdd(key, next) : _records.TryUpdate(key, next, known);
        if (!written) throw Conflict(key, grainState.ETag);
        grainState.ETag = next.Version;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        if (Check(key, grainState.ETag) is { } known && !_records.TryRemove(new(key, known))) throw Conflict(key, grainState.ETag);
        Reset(grainState);
        return Task.CompletedTask;
    }

    private static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = NewState.Of<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private T? Copy<T>(T? state) => (T?)new CopyContext(engine.Copiers).Copy(state);

    private Record? Check((string Name, GrainId Grain) key, string? version)
    {
        var known = _records.GetValueOrDefault(key);
        if (string.Equals(version, AnyVersion, StringComparison.Ordinal)) return known;
        return string.Equals(known?.Version, version, StringComparison.Ordinal) ? known : throw Conflict(key, version);
    }

    private InconsistentStateException Conflict((string Name, GrainId Grain) key, string? version)
    {
        var stored = _records.GetValueOrDefault(key)?.Version;
        return new InconsistentStateException(
            $"The state \"{key.Name}\" of {key.Grain} is at version {stored ?? "none"} in storage, not {version ?? "none"}.",
            stored,
            version);
    }

    private sealed record Record(object? State, string Version);
}
