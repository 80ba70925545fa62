using System.Collections.Immutable;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

/// <summary>What a sandbox must be.</summary>
internal sealed class ModelSandbox(string id)
{
    public string Id { get; } = id;

    public bool Asleep { get; set; }

    public long Timeline { get; set; } = 1;

    public ImmutableDictionary<string, ModelProcess> Processes { get; set; } = ImmutableDictionary<string, ModelProcess>.Empty;

    /// <summary>Oldest first.</summary>
    public List<ModelCheckpoint> Checkpoints { get; } = [];

    public string? Current { get; set; }

    /// <summary>Takes note of a checkpoint of its present state.</summary>
    public void Taken(string checkpoint)
    {
        Checkpoints.Add(new ModelCheckpoint(checkpoint, Current, Processes));
        Current = checkpoint;
    }

    /// <summary>Takes note of a process's new state.</summary>
    public void Set(ModelProcess process) => Processes = Processes.SetItem(process.Id, process);
}
