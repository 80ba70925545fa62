using Sandbox.Grains.Execution;

namespace Sandbox.Grains.Processes;

/// <summary>A program to start in a sandbox: either <see cref="Arguments"/>, or <see cref="Language"/> and <see cref="Code"/>.</summary>
[GenerateSerializer, Immutable, Alias("process-spec")]
public sealed record ProcessSpec
{
    /// <summary>The process id, <c>[A-Za-z0-9][A-Za-z0-9._-]{0,63}</c>; starting it twice starts one program.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>argv without a shell; empty when there is code.</summary>
    [Id(1)] public string[] Arguments { get; init; } = [];

    /// <summary>The language of <see cref="Code"/>, or null.</summary>
    [Id(2)] public Language? Language { get; init; }

    /// <summary>The code, or null.</summary>
    [Id(3)] public byte[]? Code { get; init; }

    /// <summary>Environment variables beside and over the sandbox's.</summary>
    [Id(4)] public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Where it starts, absolute; null for the sandbox's directory.</summary>
    [Id(5)] public string? Directory { get; init; }

    /// <summary>Whether it runs as root; null for as the sandbox says.</summary>
    [Id(6)] public bool? Root { get; init; }

    /// <summary>Whether its stdin is open; else it reads the end at once. A terminal's is always open.</summary>
    [Id(7)] public bool Stdin { get; init; }

    /// <summary>Time on the wall clock until it is killed; null for no limit.</summary>
    [Id(8)] public TimeSpan? Timeout { get; init; }

    /// <summary>The terminal that it runs in, or null for pipes.</summary>
    [Id(9)] public TerminalSpec? Terminal { get; init; }

    /// <summary>What happens when an output log is full of unread bytes.</summary>
    [Id(10)] public FullLogPolicy OnFull { get; init; }
}

/// <summary>A terminal.</summary>
[GenerateSerializer, Immutable, Alias("terminal-spec")]
public sealed record TerminalSpec
{
    /// <summary>1 to 1,000.</summary>
    [Id(0)] public required int Rows { get; init; }

    /// <summary>1 to 1,000.</summary>
    [Id(1)] public required int Columns { get; init; }

    /// <summary>The value of TERM.</summary>
    [Id(2)] public required string Name { get; init; }
}

/// <summary>What happens when an output log is full.</summary>
[GenerateSerializer, Alias("full-log-policy")]
public enum FullLogPolicy
{
    /// <summary>The oldest bytes fall out, and readers are told how many.</summary>
    DropOldest = 0,

    /// <summary>The program waits until a reader has acknowledged some.</summary>
    Block = 1,
}
