namespace Sandbox.Grains.Processes;

/// <summary>A process as its clients see it.</summary>
[GenerateSerializer, Immutable, Alias("process-description")]
public sealed record ProcessDescription
{
    /// <summary>The process id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Its number inside the sandbox.</summary>
    [Id(1)] public required int Pid { get; init; }

    /// <summary>The command line as it was started.</summary>
    [Id(2)] public required string[] Arguments { get; init; }

    /// <summary>When it was started.</summary>
    [Id(3)] public required DateTimeOffset Started { get; init; }

    /// <summary>How it ended, or null while it runs.</summary>
    [Id(4)] public ProcessEnd? End { get; init; }

    /// <summary>Its terminal's size now, or null.</summary>
    [Id(5)] public TerminalSpec? Terminal { get; init; }

    /// <summary>Its output logs.</summary>
    [Id(6)] public required ChannelDescription[] Channels { get; init; }

    /// <summary>How many bytes of input it was given.</summary>
    [Id(7)] public required long InputOffset { get; init; }
}

/// <summary>An output log as its readers see it.</summary>
[GenerateSerializer, Immutable, Alias("channel-description")]
public sealed record ChannelDescription
{
    /// <summary>The channel.</summary>
    [Id(0)] public required ProcessChannel Channel { get; init; }

    /// <summary>The first byte that can still be read.</summary>
    [Id(1)] public required long Start { get; init; }

    /// <summary>How many bytes were written.</summary>
    [Id(2)] public required long Offset { get; init; }

    /// <summary>True when nothing more will come.</summary>
    [Id(3)] public required bool Ended { get; init; }

    /// <summary>Every byte before it has reached a client, as far as clients have said: where one goes on whose predecessor kept no cursor.</summary>
    [Id(4)] public long Acknowledged { get; init; }
}

/// <summary>A channel of a live process. The numbers are those of the link.</summary>
[GenerateSerializer, Alias("process-channel")]
public enum ProcessChannel : byte
{
    /// <summary>Standard output.</summary>
    Stdout = 1,

    /// <summary>Standard error.</summary>
    Stderr = 2,

    /// <summary>A terminal's output.</summary>
    Terminal = 4,
}

/// <summary>How a process ended.</summary>
[GenerateSerializer, Immutable, Alias("process-end")]
public sealed record ProcessEnd
{
    /// <summary>Why.</summary>
    [Id(0)] public required ProcessEndReason Reason { get; init; }

    /// <summary>The exit code, or null.</summary>
    [Id(1)] public int? Code { get; init; }

    /// <summary>The number of the signal that ended it, or null.</summary>
    [Id(2)] public int? Signal { get; init; }

    /// <summary>For a person, where the reason alone does not say.</summary>
    [Id(3)] public string? Message { get; init; }

    /// <summary>How long it ran.</summary>
    [Id(4)] public required TimeSpan Ran { get; init; }

    /// <summary>Processor time of it and the children it waited for.</summary>
    [Id(5)] public required TimeSpan Cpu { get; init; }
}

/// <summary>Why a process ended.</summary>
[GenerateSerializer, Alias("process-end-reason")]
public enum ProcessEndReason
{
    /// <summary>By itself, with a code.</summary>
    Exited = 0,

    /// <summary>By a signal.</summary>
    Killed = 1,

    /// <summary>By its own time limit.</summary>
    Timeout = 2,

    /// <summary>By the memory limit.</summary>
    OutOfMemory = 3,

    /// <summary>Because its sandbox ended.</summary>
    SandboxEnded = 4,
}
