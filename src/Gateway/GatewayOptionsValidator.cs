using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute.Main;
using Sandbox.Gateway.Sandboxes;

namespace Sandbox.Gateway;

/// <summary>Checks <see cref="GatewayOptions"/> at start. Each message names the setting, what it holds and what it may hold.</summary>
internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    private const double Day = 86_400;
    private const long Terabyte = 1L << 40;
    private const long Buffered = 64L << 20;

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var failures = new List<string>();
        Seconds(failures, nameof(options.MaxTimeoutSeconds), options.MaxTimeoutSeconds, 0.001, Day);
        Seconds(failures, nameof(options.DefaultTimeoutSeconds), options.DefaultTimeoutSeconds, 0.001, options.MaxTimeoutSeconds);
        Seconds(failures, nameof(options.ShutdownGraceSeconds), options.ShutdownGraceSeconds, 0, 600);
        Bytes(failures, nameof(options.MaxScriptBytes), options.MaxScriptBytes, 1, 1 << 20);
        Bytes(failures, nameof(options.MaxOutputBytes), options.MaxOutputBytes, 1024, Terabyte);
        Validate(failures, options.Json);
        Validate(failures, options.Sandboxes);
        foreach (var host in options.AllowedHosts)
        {
            if (!HostName.IsValid(host))
            {
                failures.Add($"Gateway:AllowedHosts holds '{host}'. Give a host name such as 'sandbox.example.com', with ':port' or without.");
            }
        }

        foreach (var origin in options.AllowedOrigins)
        {
            if (!WebOrigin.TryParse(origin, out _))
            {
                failures.Add($"Gateway:AllowedOrigins holds '{origin}'. Give a page's origin such as 'https://console.example.com': "
                    + "scheme and host, a port if it is not the usual one, and nothing after.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Validate(List<string> failures, MainOptions json)
    {
        Bytes(failures, "Json:MaxBodyBytes", json.MaxBodyBytes, 1024, Buffered);
        Bytes(failures, "Json:MaxScriptBytes", json.MaxScriptBytes, 1, 1 << 20);
        Seconds(failures, "Json:MaxTimeoutSeconds", json.MaxTimeoutSeconds, 0.001, Day);
        Seconds(failures, "Json:DefaultTimeoutSeconds", json.DefaultTimeoutSeconds, 0.001, json.MaxTimeoutSeconds);
        Seconds(failures, "Json:CpuSeconds", json.CpuSeconds, 0.1, Day);
        Bytes(failures, "Json:MaxFileBytes", json.MaxFileBytes, 0, Terabyte);
        Bytes(failures, "Json:MaxOutputBytes", json.MaxOutputBytes, 1024, Buffered);
        Bytes(failures, "Json:MaxResultBytes", json.MaxResultBytes, 64, Buffered);
        Bytes(failures, "Json:MaxArgumentBytes", json.MaxArgumentBytes, 0, 512 << 10);
        Bytes(failures, "Json:MaxStdinBytes", json.MaxStdinBytes, 0, Buffered);
        if (json.MaxResultDepth is < 1 or > 1000)
        {
            failures.Add($"Gateway:Json:MaxResultDepth is {json.MaxResultDepth}. Set it between 1 and 1000.");
        }
    }

    private static void Validate(List<string> failures, SandboxLimitsOptions limits)
    {
        const double Year = 31_536_000;
        Bytes(failures, "Sandboxes:MaxMemoryBytes", limits.MaxMemoryBytes, CreateRequest.LeastMemory, Terabyte);
        Bytes(failures, "Sandboxes:DefaultMemoryBytes", limits.DefaultMemoryBytes, CreateRequest.LeastMemory, limits.MaxMemoryBytes);
        Bytes(failures, "Sandboxes:MaxDiskBytes", limits.MaxDiskBytes, CreateRequest.LeastDisk, Terabyte);
        Bytes(failures, "Sandboxes:DefaultDiskBytes", limits.DefaultDiskBytes, CreateRequest.LeastDisk, limits.MaxDiskBytes);
        Count(failures, "Sandboxes:MaxProcesses", limits.MaxProcesses, CreateRequest.LeastProcesses, 32_768);
        Count(failures, "Sandboxes:DefaultProcesses", limits.DefaultProcesses, CreateRequest.LeastProcesses, limits.MaxProcesses);
        Seconds(failures, "Sandboxes:MaxIdleTimeoutSeconds", limits.MaxIdleTimeoutSeconds, 1, Year);
        Seconds(failures, "Sandboxes:DefaultIdleTimeoutSeconds", limits.DefaultIdleTimeoutSeconds, 1, limits.MaxIdleTimeoutSeconds);
        if (limits.MaxLifetimeSeconds is { } lifetime) Seconds(failures, "Sandboxes:MaxLifetimeSeconds", lifetime, 1, Year);
        Seconds(failures, "Sandboxes:MinCheckpointIntervalSeconds", limits.MinCheckpointIntervalSeconds, 1, CreateRequest.MostCheckpointSeconds);
        Bytes(failures, "Sandboxes:MaxEnvironmentBytes", limits.MaxEnvironmentBytes, 0, 512 << 10);
    }

    private static void Count(List<string> failures, string name, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            failures.Add($"Gateway:{name} is {value}. Set it between {least} and {most}.");
        }
    }

    private static void Seconds(List<string> failures, string name, double value, double least, double most)
    {
        // Written so that NaN fails too.
        if (!(value >= least && value <= most))
        {
            failures.Add($"Gateway:{name} is {value} seconds. Set it between {least} and {most}.");
        }
    }

    private static void Bytes(List<string> failures, string name, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            failures.Add($"Gateway:{name} is {value} bytes. Set it between {least} and {most}.");
        }
    }
}
