using System.Globalization;
using System.Text.Json;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Processes;

/// <summary>A signal in a call: its number, or its name with <c>SIG</c> or without.</summary>
internal static class SignalNumber
{
    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    private const int Last = 64;

    // 32 and 33 are the C library's own.
    private static readonly Dictionary<string, int> s_numbers = Enumerable.Range(1, Last)
        .Where(number => number is not (32 or 33))
        .ToDictionary(SignalNames.Of, number => number, StringComparer.OrdinalIgnoreCase);

    public static int Read(Arguments request)
    {
        var value = request.Find("signal") ?? throw CallException.Invalid("signal is missing.");
        if (value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 1 and <= Last) return number;
        if (value.ValueKind is JsonValueKind.String && request.Text("signal", 16) is { } name
            && (s_numbers.TryGetValue(name, out number) || s_numbers.TryGetValue("SIG" + name, out number)))
        {
            return number;
        }

        throw CallException.Invalid(string.Create(CultureInfo.InvariantCulture, $"signal must be a number from 1 to {Last} or a name such as TERM."));
    }
}
