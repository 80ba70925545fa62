using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>What the maker of a sandbox switched on. It lies in the sandbox's labels, so that whoever attaches finds it, anywhere.</summary>
/// <param name="Checkpoint">Whether clients may put it to storage.</param>
/// <param name="Handoff">Whether they are told of the lock.</param>
internal sealed record SessionFlags(bool Checkpoint, bool Handoff)
{
    private const string CheckpointLabel = "cloud-run-checkpoint";
    private const string HandoffLabel = "cloud-run-handoff";
    private const string On = "on";

    public static SessionFlags Of(SandboxSpec spec) => new(Is(spec, CheckpointLabel), Is(spec, HandoffLabel));

    /// <summary>The labels that say so.</summary>
    public Dictionary<string, string> ToLabels()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Checkpoint) labels[CheckpointLabel] = On;
        if (Handoff) labels[HandoffLabel] = On;
        return labels;
    }

    private static bool Is(SandboxSpec spec, string label) => spec.Labels.GetValueOrDefault(label) == On;
}
