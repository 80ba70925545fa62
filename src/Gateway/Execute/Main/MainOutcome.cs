using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>Decides what a finished JSON execution came to: a result, or a failure.</summary>
internal static class MainOutcome
{
    /// <summary>Judges a Python script with a <c>main()</c>.</summary>
    /// <returns>The checked result, or the failure to answer with.</returns>
    public static (ReadOnlyMemory<byte> Result, MainFailure? Failure) OfMain(MainOutput output, MainOptions limits, TimeSpan timeout)
    {
        if (output.ResultOverflowed)
        {
            return Fail(output, $"What main() returned is larger than {limits.MaxResultBytes} bytes as JSON", MainErrors.ResultTooLarge);
        }

        // How the program ended comes before what it said: a report may stand before a crash or an endless thread.
        if (OfEnd(output, timeout) is { } failure)
        {
            return (default, failure);
        }

        if (output.Result.IsEmpty)
        {
            return Fail(
                output, "The script ended before main() returned", MainErrors.NoResult,
                $"It ended with exit code {(output.Exited.Code ?? 0).ToString(CultureInfo.InvariantCulture)} and left no result.");
        }

        var report = MainReport.Parse(output.Result, limits.MaxResultDepth);
        return report switch
        {
            { Wrong: MainReport.Fault.TooDeep } => Fail(
                output, $"What main() returned is nested deeper than {limits.MaxResultDepth} levels", MainErrors.ResultTooDeep),
            { Wrong: MainReport.Fault.Malformed } => Fail(
                output, "The result is not valid JSON", MainErrors.InvalidResult, "Something in the script wrote to the result's channel."),
            { Ok: true } => (report.Result, null),
            _ => (default, OfReport(report, output, limits)),
        };
    }

    /// <summary>What is wrong with how a program ended; null when it exited by itself.</summary>
    public static MainFailure? OfEnd(MainOutput output, TimeSpan timeout)
    {
        var exited = output.Exited;
        var error = exited.Reason switch
        {
            ExitReason.Exited => null,
            ExitReason.Killed => $"The script was ended by {(exited.Signal is { } signal ? SignalNames.Of(signal) : "a signal")}",
            ExitReason.Timeout => $"The script did not finish within {timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} seconds",
            ExitReason.OutOfMemory => "The script used more memory than it may",
            ExitReason.OutputLimit => "The script wrote more output than it may",
            ExitReason.CpuLimit => "The script used more processor time than it may",
            ExitReason.StartFailed => "The script could not be started",
            _ => "The sandbox ended while the script ran",
        };
        return error is null
            ? null
            : new MainFailure(StatusCodes.Status400BadRequest, error, ReasonNames.Of(exited.Reason)) { Detail = exited.Message, Output = output };
    }

    private static MainFailure OfReport(MainReport report, MainOutput output, MainOptions limits)
    {
        var (error, code) = report.Kind switch
        {
            "no_main" => (MainErrors.NoMainMessage, MainErrors.NoMain),
            "not_serializable" => (MainErrors.NotSerializableMessage, MainErrors.NotSerializable),
            "too_large" => ($"What main() returned is larger than {limits.MaxResultBytes} bytes as JSON", MainErrors.ResultTooLarge),
            "exception" => (report.Message ?? "The script raised an exception", MainErrors.Exception),
            "syntax" => (report.Message ?? "The script is not valid Python", MainErrors.Syntax),
            "exit" => (report.Message ?? "The script exited before main() returned", MainErrors.Exit),
            _ => ("The result is not valid JSON", MainErrors.InvalidResult),
        };
        return new MainFailure(StatusCodes.Status400BadRequest, error, code)
        {
            Detail = error == report.Message ? null : report.Message,
            Traceback = report.Traceback,
            Output = output,
        };
    }

    private static (ReadOnlyMemory<byte> Result, MainFailure? Failure) Fail(MainOutput output, string error, string code, string? detail = null) =>
        (default, new MainFailure(StatusCodes.Status400BadRequest, error, code) { Detail = detail, Output = output });
}
