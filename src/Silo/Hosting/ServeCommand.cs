using Sandbox.Gateway;
using Sandbox.Silo.Hosting.CloudRun;

namespace Sandbox.Silo.Hosting;

/// <summary><c>serve</c>: one machine in one process: the silo, its host and the gateway, on the loopback.</summary>
internal static class ServeCommand
{
    private static readonly Dictionary<string, string> _switches = new()
    {
        ["--port"] = nameof(ServerOptions.Port),
        ["--listen"] = nameof(ServerOptions.Listen),
        ["--data"] = nameof(ServerOptions.Data),
        ["--blobs"] = nameof(ServerOptions.Blobs),
        ["--logs"] = nameof(ServerOptions.Logs),
        ["--shared-store"] = "Holding:SharedStore",
    };

    /// <summary>Whether each argument is a switch or a setting (<c>--SECTION:NAME</c>) with its value: a word that is not must not start a server.</summary>
    public static bool Understands(string[] args) => args.Length % 2 == 0
        && args.Where((_, i) => i % 2 == 0).All(name => _switches.ContainsKey(name) || (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':')));

    /// <summary>Serves until SIGTERM or Ctrl-C.</summary>
    /// <returns>The exit code: 0 after a stop that was asked for, 1 when the server could not start.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = Build(args);
            return await RunAsync(app);
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } explanation)
        {
            await Console.Error.WriteLineAsync($"sandbox: {explanation}");
            return 1;
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
            // Asked to stop before its machine was ready.
            return 0;
        }

        await app.WaitForShutdownAsync();
        return 0;
    }

    private static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        var own = builder.Configuration.Sources.Count;
        builder.Configuration.AddEnvironmentVariables("SANDBOX_").AddCommandLine(args, _switches);
        var others = builder.Configuration.AddCloudRunSettings(own, Environment.GetEnvironmentVariable);
        builder.Services.AddSingleton(others).AddHostedService<CloudRunNotes>();
        builder.AddSandboxSilo();
        builder.Services.AddSandboxGateway(builder.Configuration);
        var app = builder.Build();
        app.MapSandboxGateway();
        return app;
    }
}
