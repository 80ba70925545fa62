using Sandbox.Grains.Execution;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

/// <summary>The reasons for which this host does not do what it was asked for, as data.</summary>
internal static class Refusal
{
    private const int MostShown = 200;
    private const int TooBig = 7; // E2BIG
    private const int TryAgain = 11; // EAGAIN
    private const int NoMemory = 12; // ENOMEM
    private const int InvalidArgument = 22; // EINVAL
    private const int NoSpace = 28; // ENOSPC
    private static readonly TimeSpan _shortestRetry = TimeSpan.FromSeconds(1);

    /// <summary>An answer with a value.</summary>
    public static Outcome<T> Answer<T>(T value)
        where T : class => new() { Value = value };

    /// <summary>An answer without a value.</summary>
    public static Outcome<T> Answer<T>(SandboxError error)
        where T : class => new() { Error = error };

    /// <summary>The request cannot be.</summary>
    public static SandboxError Invalid(string message) => Error(SandboxErrorCode.Invalid, message);

    /// <summary>The state forbids it, or something else has the id.</summary>
    public static SandboxError Conflict(string message) => Error(SandboxErrorCode.Conflict, message);

    /// <summary>The operator does not allow it.</summary>
    public static SandboxError Forbidden(string message) => Error(SandboxErrorCode.Forbidden, message);

    /// <summary>There is no such thing.</summary>
    public static SandboxError NotFound(string message) => Error(SandboxErrorCode.NotFound, message);

    /// <summary>There is no capacity now.</summary>
    public static SandboxError Overloaded(string message) => Error(SandboxErrorCode.Overloaded, message);

    /// <summary>An operator's limit is below what was asked for.</summary>
    public static SandboxError Limit(string message) => Error(SandboxErrorCode.Limit, message);

    /// <summary>An offset that is not the next one.</summary>
    public static SandboxError Offset(long given, long expected) =>
        Conflict($"Offset {given} is not {expected}, up to which input was taken: go on from there.") with { Expected = expected };

    /// <summary>The sandbox is frozen.</summary>
    public static SandboxError Paused() =>
        Conflict("The sandbox is paused: resume it first.") with { Status = SandboxStatus.Paused };

    /// <summary>The sandbox was suspended. It is asked again, where it goes on.</summary>
    public static SandboxError Suspended() =>
        Conflict("The sandbox has been suspended: try again, which wakes it.") with { Status = SandboxStatus.Suspended };

    /// <summary>The sandbox has ended.</summary>
    public static SandboxError Gone(string reason) => Error(SandboxErrorCode.Gone, reason);

    /// <summary>The host is stopping.</summary>
    public static SandboxError Stopping() =>
        Error(SandboxErrorCode.Unavailable, "The server is stopping.") with { RetryAfter = TimeSpan.FromSeconds(10) };

    /// <summary>Another host has the sandbox.</summary>
    /// <param name="wait">How long its lease runs at most if it says nothing more.</param>
    public static SandboxError Elsewhere(TimeSpan wait) =>
        Error(SandboxErrorCode.Unavailable, "Another host runs the sandbox, and has not let it go. Try again, or reach it there.") with
        {
            RetryAfter = wait < _shortestRetry ? _shortestRetry : wait,
        };

    /// <summary>This host's lease has ended.</summary>
    public static SandboxError NotHeld() =>
        Error(SandboxErrorCode.Unavailable, "This host does not hold the sandbox any more. Try again, which takes it anew.") with { RetryAfter = _shortestRetry };

    /// <summary>It cannot be done now.</summary>
    public static SandboxError Unavailable(string message) => Error(SandboxErrorCode.Unavailable, message);

    /// <summary>There is no sandbox to be had.</summary>
    public static SandboxError NoSandbox(ExecutionRefused refused) =>
        Error(refused.Reason == RefusalReason.Overloaded ? SandboxErrorCode.Overloaded : SandboxErrorCode.Unavailable, refused.Message) with
        {
            RetryAfter = refused.RetryAfter,
        };

    /// <summary>A program was not started.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="program">The first word of its command line.</param>
    public static SandboxError NotStarted(StartFailure failure, string program) => failure.Stage switch
    {
        StartStage.AlreadyStarted => Conflict("A process of this id has run in this sandbox before and is no longer listed: choose another id."),
        StartStage.Exec => Invalid($"The program '{(program.Length <= MostShown ? program : $"{program[..MostShown]}...")}' cannot be run: {failure.Message}"),
        StartStage.Directory => Invalid($"The working directory cannot be entered: {failure.Message}"),
        StartStage.TooLong => Invalid(failure.Message),
        StartStage.Resources when failure.Errno is InvalidArgument or TooBig => Invalid($"The program cannot be started as asked: {failure.Message}"),
        StartStage.TooManyProcesses => Limit(failure.Message),
        StartStage.File when failure.Errno == NoSpace => Limit($"The sandbox's disk has no room for the code: {failure.Message}"),
        StartStage.Resources when failure.Errno is TryAgain or NoMemory => Limit($"The sandbox has no room for another process: {failure.Message}"),
        _ => Error(SandboxErrorCode.Unavailable, $"The program could not be started ({failure.Stage}): {failure.Message}"),
    };

    private static SandboxError Error(SandboxErrorCode code, string message) => new() { Code = code, Message = message };
}
