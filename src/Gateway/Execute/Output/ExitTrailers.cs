using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>What the trailers of a text answer say.</summary>
internal static class ExitTrailers
{
    private const string Code = "Sandbox-Exit-Code";
    private const string Signal = "Sandbox-Exit-Signal";
    private const string Reason = "Sandbox-Exit-Reason";

    /// <summary>Their names, for the <c>Trailer</c> header.</summary>
    public const string Names = $"{Reason}, {Code}, {Signal}";

    // RFC 9110: trailers only for those who say that they do not throw them away.
    public static bool AreWanted(HttpRequest request) =>
        request.Headers.TE.ToString().Split(',', ';').Any(part => part.Trim().Equals("trailers", StringComparison.OrdinalIgnoreCase));

    public static IEnumerable<(string Name, string Value)> Of(ExecutionExited exited)
    {
        yield return (Reason, ReasonNames.Of(exited.Reason));
        if (exited.Code is { } code)
        {
            yield return (Code, code.ToString(CultureInfo.InvariantCulture));
        }

        if (exited.Signal is { } signal)
        {
            yield return (Signal, SignalNames.Of(signal));
        }
    }
}
