using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Sandboxes.Events;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>A sandbox's events, in the words of Cloud Run Sandbox.</summary>
internal static class SessionEvents
{
    /// <summary>What the client is told of an event that it did not ask for; null: nothing.</summary>
    public static SessionNews? Of(EventView happened, SessionFlags flags) => happened.Type switch
    {
        "handoff_requested" when flags.Handoff => new SessionNews([StatusNames.LockReleaseRequested]),
        "suspended" => Suspended,
        "deleting" => Deleting,
        "deleted" => Deleted,
        "failed" or "rewound" when happened.Reason is { } reason => new SessionNews([StatusNames.Error], CloseCode.Failed, reason, IsLoss: true),
        "failed" or "rewound" => new SessionNews([StatusNames.Error], CloseCode.Failed, "The sandbox went back to an earlier state."),
        _ => null,
    };

    /// <summary>What the client is told of a sandbox that went before anybody followed its events; null: it is there, or the client knows.</summary>
    public static SessionNews? OfStatus(SandboxStatus status, bool toldDeleting) => status switch
    {
        SandboxStatus.Suspended => Suspended,
        SandboxStatus.Deleting => toldDeleting ? null : Deleting,
        SandboxStatus.Deleted when toldDeleting => Deleted,
        SandboxStatus.Deleted => new SessionNews([StatusNames.Deleting, StatusNames.Deleted], CloseCode.Done),
        SandboxStatus.Failed => new SessionNews([StatusNames.Error], CloseCode.Failed, "The sandbox was lost.", IsLoss: true),
        _ => null,
    };

    private static SessionNews Suspended { get; } = new([StatusNames.Checkpointing, StatusNames.Checkpointed], CloseCode.Done);

    private static SessionNews Deleting { get; } = new([StatusNames.Deleting]);

    private static SessionNews Deleted { get; } = new([StatusNames.Deleted], CloseCode.Done);
}
