namespace Sandbox.Silo.Link;

/// <summary>What the host knows of a link that is held: beside a checkpoint's memory it is all that a new link needs to go on from there.</summary>
internal sealed record LinkImage
{
    /// <summary>The highest number that a START had.</summary>
    public required uint LastNumber { get; init; }

    /// <summary>The size of the disk that the agent was told, in bytes.</summary>
    public required ulong DiskBytes { get; init; }

    /// <summary>The processes that were not forgotten.</summary>
    public required IReadOnlyList<ProcessImage> Processes { get; init; }
}

/// <summary>A process of a held link.</summary>
internal sealed record ProcessImage
{
    /// <summary>Its number on the link.</summary>
    public required uint Number { get; init; }

    /// <summary>Its process id.</summary>
    public required string Id { get; init; }

    /// <summary>Its pid as programs in the sandbox see it.</summary>
    public int Pid { get; init; }

    /// <summary>How far it was.</summary>
    public required ProcessPhase Phase { get; init; }

    /// <summary>How it ended, once it has.</summary>
    public ProcessExit? Exit { get; init; }

    /// <summary>What it was started with, where the link depends on it.</summary>
    public required ProcessStart Start { get; init; }

    /// <summary>How far it was as a mould.</summary>
    public PourPhase Pour { get; init; }

    /// <summary>The end of the input that was sent.</summary>
    public ulong InputSent { get; init; }

    /// <summary>The end of the input that the program has.</summary>
    public ulong InputAcknowledged { get; init; }

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool InputClosed { get; init; }

    /// <summary>Its output channels.</summary>
    public required IReadOnlyList<ChannelImage> Channels { get; init; }
}

/// <summary>An output channel of a held link.</summary>
internal sealed record ChannelImage
{
    /// <summary>Which.</summary>
    public required LinkChannel Channel { get; init; }

    /// <summary>The end of what its reader has taken.</summary>
    public ulong Taken { get; init; }

    /// <summary>What has come behind that, and was not taken: at most <see cref="LinkLimits.OutputWindow"/> bytes.</summary>
    public byte[] Waiting { get; init; } = [];

    /// <summary>Whether the guest said that nothing more will come.</summary>
    public bool Ended { get; init; }
}
