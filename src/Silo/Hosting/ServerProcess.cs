using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Sandbox.Gateway.Access;
using Sandbox.Silo.Hosting.CloudRun;
using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Hosting;

/// <summary>What every server of this program has in common, with sandboxes or without: where it listens, how it is stopped, what it prints.</summary>
internal static partial class ServerProcess
{
    private static readonly TimeSpan _stopWithin = TimeSpan.FromSeconds(12);

    /// <summary>Whether each argument is a switch or a setting (<c>--SECTION:NAME</c>) with its value: a word that is not must not start a server.</summary>
    public static bool Understands(IReadOnlyDictionary<string, string> switches, string[] args) => args.Length % 2 == 0
        && args.Where((_, i) => i % 2 == 0).All(name => switches.ContainsKey(name) || (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':')));

    /// <summary>A builder with the settings of the environment and of the arguments.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args, IDictionary<string, string> switches)
    {
        SettingNames.Check(args, switches);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        var own = builder.Configuration.Sources.Count;
        builder.Configuration.AddEnvironmentVariables(SettingNames.Prefix).AddCommandLine(args, switches);
        var others = builder.Configuration.AddCloudRunSettings(own, Environment.GetEnvironmentVariable);
        builder.Services.AddSingleton(others).AddHostedService<CloudRunNotes>();
        return builder;
    }

    /// <summary>Has it listen where the settings say, stop by signals, and print its own lines.</summary>
    public static void AddServerProcess(this WebApplicationBuilder builder)
    {
        var server = builder.Configuration.Get<ServerOptions>() ?? new ServerOptions();
        builder.Logging.AddServerConsole(server.Logs, server.LogLevel);
        builder.AddTelemetry();

        // A byte that a client types or is shown is carried on by the thread that has it, and waits for no other to wake. Nothing on the way blocks.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        var address = ListenAddress.Of(server.Listen, AccessOptions.Read(builder.Configuration));
        ListenAddress.CheckFree(address, server.Port);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, server.Port));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _stopWithin);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<StopSignals>();
        builder.Services.AddSingleton<IHostLifetime>(provider => provider.GetRequiredService<StopSignals>());
    }

    /// <summary>Serves until SIGTERM or Ctrl-C.</summary>
    /// <returns>The exit code: 0 after a stop that was asked for, 1 when the server could not start.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            return await RunAsync(app);
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } explanation)
        {
            await Console.Error.WriteLineAsync($"sandbox: {explanation}");
            return 1;
        }
    }

    /// <summary>For the person at the terminal, and for scripts that wait for it; where every line is an object, as one.</summary>
    public static void AnnounceReady(IServiceProvider services)
    {
        var isText = services.GetRequiredService<IConfiguration>().Get<ServerOptions>() is not { Logs: LogFormat.Json };
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServerProcess).FullName!);
        foreach (var address in services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            if (isText) Console.WriteLine($"Sandbox is ready at {address}");
            else LogReady(logger, address);
        }
    }

    private static async Task<int> RunAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Asked to stop before it was ready.
            return 0;
        }

        await app.WaitForShutdownAsync();
        return 0;
    }

    [LoggerMessage(202, LogLevel.Information, "Sandbox is ready at {Address}")]
    private static partial void LogReady(ILogger logger, string address);
}
