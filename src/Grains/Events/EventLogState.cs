namespace Sandbox.Grains.Events;

/// <summary>An event log as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("event-log")]
internal sealed record EventLogState
{
    /// <summary>The first number of the sandbox that the id now stands for; those before were another's.</summary>
    [Id(0)] public long First { get; init; } = 1;

    /// <summary>
    /// Numbers up to this one may have been given to events that are not stored here. Whoever goes on from this state goes on behind it.
    /// </summary>
    [Id(1)] public long Reserved { get; init; }

    /// <summary>The newest events.</summary>
    [Id(2)] public SandboxEvent[] Kept { get; init; } = [];

    /// <summary>The programs that were started and not seen to end, so that neither is told twice.</summary>
    [Id(3)] public string[] Running { get; init; } = [];
}
