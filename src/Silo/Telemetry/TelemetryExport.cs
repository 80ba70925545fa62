using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sandbox.Gateway.Telemetry;

namespace Sandbox.Silo.Telemetry;

/// <summary>
/// Metrics, traces and logs by OTLP, where the environment names a receiver: the variables are OpenTelemetry's own
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_EXPORTER_OTLP_HEADERS</c>, <c>OTEL_METRIC_EXPORT_INTERVAL</c>, <c>OTEL_SERVICE_NAME</c>, ...).
/// Without one nothing is collected.
/// </summary>
internal static class TelemetryExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds it.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Endpoint))) return;
        builder.Logging.AddOpenTelemetry(logs => logs.IncludeFormattedMessage = true);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("sandbox").AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddMeter(HostMetrics.Name, GatewayMetrics.Name, "Microsoft.Orleans", "System.Runtime")
                .AddAspNetCoreInstrumentation())
            .WithTracing(traces => traces
                .AddSource(HostMetrics.Name, "Microsoft.Orleans.Application")
                .AddAspNetCoreInstrumentation())
            .UseOtlpExporter();
    }
}
