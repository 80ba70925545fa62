namespace Sandboxes.Tests.Server;

/// <content>Sleeping.</content>
internal sealed partial class ScriptedSandbox
{
    public List<ScriptedCheckpoint> Checkpoints { get; } = [];

    public string? Current { get; private set; }

    /// <summary>The epoch since which every start is known; null for the present one.</summary>
    public long? SureSince { get; private set; }

    public ScriptedCheckpoint Checkpoint(string? label)
    {
        Wake();
        var places = Processes.ToDictionary(process => process.Key, process => process.Value.Where, StringComparer.Ordinal);
        var checkpoint = new ScriptedCheckpoint($"c{Checkpoints.Count + 1}", Current, label, places);
        Checkpoints.Add(checkpoint);
        Current = checkpoint.Id;
        Happen("checkpointed", checkpointId: checkpoint.Id);
        return checkpoint;
    }

    public void Sleep()
    {
        if (Status is "suspended") return;
        Checkpoint(label: null);
        Status = "suspended";
        Happen("suspended", checkpointId: Current);
    }

    /// <summary>Why its checkpoint cannot be restored, or null.</summary>
    public string? Unrestorable { get; set; }

    public void Wake(bool cold = false)
    {
        if (Status is not "suspended") return;
        if (Unrestorable is not null)
        {
            if (!cold) throw ScriptedError.Of("conflict", Unrestorable);
            (Status, SureSince, Timeline) = ("running", ++Epoch, Timeline + 1);
            Happen("started_cold", checkpointId: Current, since: DateTimeOffset.UnixEpoch, timeline: Timeline, reason: Unrestorable, processIds: [.. Processes.Keys]);
            Processes.Clear();
            return;
        }

        SureSince ??= Epoch;
        Epoch++;
        Status = "running";
        Happen("restored", checkpointId: Current, timeline: Timeline);
    }

    public void GoBack(string checkpointId)
    {
        var checkpoint = Checkpoints.Find(kept => kept.Id == checkpointId) ?? throw ScriptedError.Of("not_found", "There is no such checkpoint.");
        SureSince = ++Epoch;
        Timeline++;
        (Status, Current) = ("running", checkpointId);
        foreach (var (id, process) in Processes)
        {
            if (checkpoint.Places.TryGetValue(id, out var place)) process.GoBack(place);
            else Processes.TryRemove(id, out _);
        }

        Happen("rewound", checkpointId: checkpointId, since: DateTimeOffset.UnixEpoch, timeline: Timeline, reason: "its host was lost");
    }
}
