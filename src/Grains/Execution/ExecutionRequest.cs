namespace Sandbox.Grains.Execution;

/// <summary>A one-off: code that runs once in a fresh sandbox of its own.</summary>
[GenerateSerializer, Immutable, Alias("execution-request")]
public sealed record ExecutionRequest
{
    /// <summary>The language of <see cref="Code"/>.</summary>
    [Id(0)] public required Language Language { get; init; }

    /// <summary>What is done with the code.</summary>
    [Id(1)] public ExecutionKind Kind { get; init; }

    /// <summary>The code: UTF-8 without NUL bytes, not empty.</summary>
    [Id(2)] public required byte[] Code { get; init; }

    /// <summary>Arguments after the script's name. None may hold a NUL character.</summary>
    [Id(3)] public string[] Arguments { get; init; } = [];

    /// <summary>What the program reads on its standard input, which then ends.</summary>
    [Id(4)] public byte[] Stdin { get; init; } = [];

    /// <summary>Environment variables beside and over the template's.</summary>
    [Id(5)] public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>What it may use at most.</summary>
    [Id(6)] public required ExecutionLimits Limits { get; init; }
}
