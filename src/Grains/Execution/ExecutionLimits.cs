namespace Sandbox.Grains.Execution;

/// <summary>What one execution may use at most. The gateway fills these within the operator's maxima; the host enforces them.</summary>
[GenerateSerializer, Immutable, Alias("execution-limits")]
public sealed record ExecutionLimits
{
    /// <summary>Time on the wall clock from the program's start. More than zero.</summary>
    [Id(0)] public required TimeSpan WallClock { get; init; }

    /// <summary>Processor time of all its processes together, or null for no limit of its own.</summary>
    [Id(1)] public TimeSpan? Cpu { get; init; }

    /// <summary>Bytes of stdout and stderr together; a program that writes more is ended with <see cref="ExitReason.OutputLimit"/>.</summary>
    [Id(2)] public required long OutputBytes { get; init; }

    /// <summary>Bytes of one written file (RLIMIT_FSIZE), or null for no limit below the disk's.</summary>
    [Id(3)] public long? FileBytes { get; init; }

    /// <summary>Bytes on <see cref="OutputChannel.Result"/>.</summary>
    [Id(4)] public long ResultBytes { get; init; } = 1 << 20;
}
