using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Processes;

/// <summary>The answer to a start.</summary>
[GenerateSerializer, Immutable, Alias("started-process")]
public sealed record StartedProcess
{
    /// <summary>The process.</summary>
    [Id(0)] public required ProcessDescription Process { get; init; }

    /// <summary>True when the id was started before, and nothing was started now.</summary>
    [Id(1)] public required bool Known { get; init; }
}

/// <summary>Processes.</summary>
[GenerateSerializer, Immutable, Alias("process-list")]
public sealed record ProcessList
{
    /// <summary>In the order of their starts.</summary>
    [Id(0)] public required ProcessDescription[] Processes { get; init; }
}

/// <summary>How far a process's input has come.</summary>
[GenerateSerializer, Immutable, Alias("input-taken")]
public sealed record InputTaken
{
    /// <summary>Every byte before it was taken.</summary>
    [Id(0)] public required long Offset { get; init; }
}

/// <summary>An output log could not be read.</summary>
[GenerateSerializer, Immutable, Alias("output-failure")]
public sealed record OutputFailure : OutputItem
{
    /// <summary>Why.</summary>
    [Id(0)] public required SandboxError Error { get; init; }
}
