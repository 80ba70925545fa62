namespace Sandbox.Grains.Execution;

/// <summary>Where an execution's time went.</summary>
[GenerateSerializer, Immutable, Alias("execution-timings")]
public sealed record ExecutionTimings
{
    /// <summary>From the request's arrival at the host until it had a sandbox.</summary>
    [Id(0)] public TimeSpan Queued { get; init; }

    /// <summary>From having a sandbox until the program's exit.</summary>
    [Id(1)] public TimeSpan Ran { get; init; }

    /// <summary>Processor time of the program and the children it waited for, as the guest's kernel reports it. Of a program that did not end by itself, that of its whole sandbox.</summary>
    [Id(2)] public TimeSpan Cpu { get; init; }

    /// <summary>True when a sandbox from the warm pool served it.</summary>
    [Id(3)] public bool Warm { get; init; }
}
