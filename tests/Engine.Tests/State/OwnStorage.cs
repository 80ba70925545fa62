using Orleans.Storage;

namespace Sandbox.Engine.Tests.State;

/// <summary>A storage as the product has one: a keyed service. It fails when it is told to.</summary>
internal sealed class OwnStorage : IGrainStorage
{
    public const string Name = "own";

    private readonly Dictionary<string, (Ledger State, int Version)> _records = new(StringComparer.Ordinal);

    public List<string> Operations { get; } = [];

    public Exception? FailReads { get; set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_records)
        {
            Operations.Add($"read {stateName} {grainId}");
            if (FailReads is { } failure) throw failure;
            grainState.RecordExists = _records.TryGetValue($"{stateName}/{grainId}", out var record);
            grainState.State = (T)(object)new Ledger { Entries = [.. record.State?.Entries ?? []] };
            grainState.ETag = grainState.RecordExists ? record.Version.ToString() : null;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_records)
        {
            Operations.Add($"write {stateName} {grainId}");
            var key = $"{stateName}/{grainId}";
            var stored = _records.TryGetValue(key, out var record) ? record.Version.ToString() : null;
            if (!string.Equals(stored, grainState.ETag, StringComparison.Ordinal))
            {
                throw new InconsistentStateException("Another version.", stored!, grainState.ETag!);
            }

            _records[key] = (new Ledger { Entries = [.. ((Ledger)(object)grainState.State!).Entries] }, record.Version + 1);
            grainState.ETag = (record.Version + 1).ToString();
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_records) _records.Remove($"{stateName}/{grainId}");
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }
}
