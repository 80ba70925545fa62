using System.Diagnostics.CodeAnalysis;

namespace Sandbox.Silo.Link;

/// <summary>The outcome of a start: a process or a failure.</summary>
internal sealed record StartResult
{
    private StartResult()
    {
    }

    /// <summary>The process that runs now, or null.</summary>
    public GuestProcess? Process { get; private init; }

    /// <summary>Why nothing was started, or null.</summary>
    public StartFailure? Failure { get; private init; }

    /// <summary>Whether there is a process.</summary>
    [MemberNotNullWhen(true, nameof(Process))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsStarted => Process is not null;

    public static implicit operator StartResult(GuestProcess process) => new() { Process = process };

    public static implicit operator StartResult(StartFailure failure) => new() { Failure = failure };
}
