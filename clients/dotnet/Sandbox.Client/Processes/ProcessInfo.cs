namespace Sandboxes;

/// <summary>A process, as the server described it.</summary>
public sealed record ProcessInfo
{
    /// <summary>Its id, which it keeps.</summary>
    public string Id { get; init; } = "";

    /// <summary>Its number inside the sandbox.</summary>
    public int Pid { get; init; }

    /// <summary>What was started.</summary>
    public IReadOnlyList<string> Argv { get; init; } = [];

    /// <summary>Whether it runs.</summary>
    public ProcessStatus Status { get; init; }

    /// <summary>How it ended, once it has.</summary>
    public ProcessExit? Exit { get; init; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Its terminal, if it has one.</summary>
    public TerminalSize? Terminal { get; init; }

    /// <summary>Its output logs.</summary>
    public IReadOnlyList<ChannelInfo> Channels { get; init; } = [];

    /// <summary>How many bytes of input were taken.</summary>
    public long StdinOffset { get; init; }
}
