using Sandbox.Gateway;

namespace Sandbox.Silo.Hosting;

/// <summary><c>serve</c>: a machine in one process: the silo, its host and a gateway.</summary>
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

    /// <inheritdoc cref="ServerProcess.Understands"/>
    public static bool Understands(string[] args) => ServerProcess.Understands(_switches, args);

    /// <inheritdoc cref="ServerProcess.RunAsync(Func{WebApplication})"/>
    public static Task<int> RunAsync(string[] args) => ServerProcess.RunAsync(() => Build(args));

    private static WebApplication Build(string[] args)
    {
        var builder = ServerProcess.CreateBuilder(args, _switches);
        builder.AddSandboxSilo();
        builder.Services.AddSandboxGateway(builder.Configuration);
        var app = builder.Build();
        app.MapSandboxGateway();
        return app;
    }
}
