namespace Sandbox.Grains.Execution;

/// <summary>
/// One thing that happened in an execution. A run is: one <see cref="ExecutionRefused"/> alone, or one <see cref="ExecutionStarted"/>, any
/// number of <see cref="ExecutionOutput"/> and then exactly one <see cref="ExecutionExited"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("execution-event")]
public abstract record ExecutionEvent;

/// <summary>
/// The execution has its sandbox and will not be refused any more. Said at once, so that a caller can answer before a program that is
/// silent for a minute writes its first byte.
/// </summary>
[GenerateSerializer, Immutable, Alias("execution-started")]
public sealed record ExecutionStarted : ExecutionEvent;

/// <summary>Bytes that the program wrote, in order within their channel.</summary>
[GenerateSerializer, Immutable, Alias("execution-output")]
public sealed record ExecutionOutput : ExecutionEvent
{
    /// <summary>The channel they were written to.</summary>
    [Id(0)] public required OutputChannel Channel { get; init; }

    /// <summary>The bytes: 1 to 65,536 of them.</summary>
    [Id(1)] public required byte[] Data { get; init; }
}

/// <summary>The program has ended, for the reason given, and its sandbox is going away.</summary>
[GenerateSerializer, Immutable, Alias("execution-exited")]
public sealed record ExecutionExited : ExecutionEvent
{
    /// <summary>Why it ended.</summary>
    [Id(0)] public required ExitReason Reason { get; init; }

    /// <summary>The exit code, 0 to 255, or null when a signal ended it or it never started.</summary>
    [Id(1)] public int? Code { get; init; }

    /// <summary>The number of the signal that ended it, or null.</summary>
    [Id(2)] public int? Signal { get; init; }

    /// <summary>For a person: what happened and what to do, where the reason alone does not say.</summary>
    [Id(3)] public string? Message { get; init; }

    /// <summary>Where the time went.</summary>
    [Id(4)] public required ExecutionTimings Timings { get; init; }
}

/// <summary>The execution was not started; nothing ran.</summary>
[GenerateSerializer, Immutable, Alias("execution-refused")]
public sealed record ExecutionRefused : ExecutionEvent
{
    /// <summary>Why.</summary>
    [Id(0)] public required RefusalReason Reason { get; init; }

    /// <summary>For a person: what is the matter and what to do.</summary>
    [Id(1)] public required string Message { get; init; }

    /// <summary>When it is worth trying again, or null when trying again will not help.</summary>
    [Id(2)] public TimeSpan? RetryAfter { get; init; }
}
