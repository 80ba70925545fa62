using System.Text;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Hosting;

/// <summary>Short names for the events of an execution.</summary>
public static class Events
{
    public static ExecutionTimings Timings { get; } = new()
    {
        Queued = TimeSpan.FromMilliseconds(1.5),
        Ran = TimeSpan.FromMilliseconds(20),
        Cpu = TimeSpan.FromMilliseconds(12),
        Warm = true,
    };

    public static ExecutionEvent Started => new ExecutionStarted();

    public static ExecutionEvent Out(string text) => Out(Encoding.UTF8.GetBytes(text));

    public static ExecutionEvent Out(params byte[] data) => new ExecutionOutput { Channel = OutputChannel.Stdout, Data = data };

    public static ExecutionEvent Err(string text) => Err(Encoding.UTF8.GetBytes(text));

    public static ExecutionEvent Err(params byte[] data) => new ExecutionOutput { Channel = OutputChannel.Stderr, Data = data };

    public static ExecutionEvent Result(string text) => Result(Encoding.UTF8.GetBytes(text));

    public static ExecutionEvent Result(params byte[] data) => new ExecutionOutput { Channel = OutputChannel.Result, Data = data };

    public static ExecutionEvent Exit(int code = 0) => new ExecutionExited { Reason = ExitReason.Exited, Code = code, Timings = Timings };

    public static ExecutionEvent Ended(ExitReason reason, int? signal = 9, string? message = null) =>
        new ExecutionExited { Reason = reason, Signal = signal, Message = message, Timings = Timings };

    public static ExecutionEvent Refused(RefusalReason reason, double? retryAfterSeconds = null) => new ExecutionRefused
    {
        Reason = reason,
        Message = $"Refused: {reason}.",
        RetryAfter = retryAfterSeconds is { } s ? TimeSpan.FromSeconds(s) : null,
    };

    /// <summary>These events at once, without a pause.</summary>
    public static async IAsyncEnumerable<ExecutionEvent> Of(params ExecutionEvent[] events)
    {
        await Task.CompletedTask;
        foreach (var happened in events) yield return happened;
    }
}
