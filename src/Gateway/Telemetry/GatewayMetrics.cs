using System.Diagnostics.Metrics;

namespace Sandbox.Gateway.Telemetry;

/// <summary>What a gateway counts, under the names that docs/telemetry.md lists.</summary>
public static class GatewayMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Sandbox.Gateway";

    private static readonly Meter _meter = new(Name);

    private static readonly Counter<long> _refused = _meter.CreateCounter<long>("sandbox.calls.refused", "{call}", "Calls that were answered with an error.");

    /// <summary>Counts a call that was answered with an error.</summary>
    /// <param name="code">The error's code, one of a known few.</param>
    /// <param name="over"><c>http</c> or <c>hub</c>.</param>
    internal static void Refused(string code, string over) => _refused.Add(1, new("code", code), new("over", over));
}
