namespace Sandboxes.Tests.Server;

/// <summary>Where the programs of a sandbox were.</summary>
internal sealed record ScriptedCheckpoint(string Id, string? Parent, string? Label, IReadOnlyDictionary<string, ScriptedProcess.Place> Places)
{
    public object Describe() => new { id = Id, created = DateTimeOffset.UnixEpoch, bytes = 1_000, parent = Parent, label = Label };
}
