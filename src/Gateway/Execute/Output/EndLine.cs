using System.Globalization;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>What is said of an end that was not the program's own doing.</summary>
internal static class EndLine
{
    /// <summary>The words, or null when the program ended by itself or by a signal.</summary>
    public static string? For(ExecutionExited exited, TimeSpan timeout) => exited.Reason switch
    {
        ExitReason.Timeout => $"timeout after {timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s",
        ExitReason.OutOfMemory => "out of memory",
        ExitReason.OutputLimit => "output limit reached",
        ExitReason.CpuLimit => "processor time limit reached",
        ExitReason.StartFailed => WithMessage("the program could not be started", exited),
        ExitReason.SandboxFailed => WithMessage("the sandbox failed", exited),
        _ => null,
    };

    // One line, whatever the message holds.
    private static string WithMessage(string words, ExecutionExited exited) =>
        exited.Message is { } message ? $"{words}: {message.ReplaceLineEndings(" ")}" : words;
}
