using System.Text.Json.Serialization;

namespace Sandbox.Grains.Holding;

/// <summary>
/// The small object that says which host may run a sandbox, and where its state is. Everything that commits is a conditional write of it.
/// </summary>
public sealed record SandboxHead
{
    /// <summary>The newest form of a head that this version reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The form.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The fencing number: 1 with the first holder, one more with every further one, never less.</summary>
    public long Epoch { get; init; }

    /// <summary>Who holds it, or null when it was let go.</summary>
    public HolderId? Holder { get; init; }

    /// <summary>
    /// When the lease ends by the holder's wall clock: for people to read. Nobody decides by it, because clocks disagree.
    /// </summary>
    public DateTimeOffset LeaseEnds { get; init; }

    /// <summary>How long a lease of this holder lasts from each of its writes.</summary>
    public TimeSpan LeaseLength { get; init; }

    /// <summary>The history that output offsets belong to.</summary>
    public long Timeline { get; init; }

    /// <summary>The id of the checkpoint that holds the sandbox's state, or null when there is none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Where the holder is reached, at most 200 characters of ASCII; null when it cannot be.</summary>
    public string? Address { get; init; }

    /// <summary>What the sandbox is doing.</summary>
    public HeadStatus Status { get; init; }

    /// <summary>Names one write, so that a writer whose answer was lost can tell whether it took place. Not in listings.</summary>
    public string? Write { get; init; }

    /// <summary>Whether a holder may still be there.</summary>
    [JsonIgnore]
    public bool IsHeld => Holder is not null;

    /// <summary>Whether this is a life of one holder in one epoch.</summary>
    public bool IsOf(HolderId holder, long epoch) => Epoch == epoch && Holder == holder;
}
