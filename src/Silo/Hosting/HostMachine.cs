using Microsoft.Extensions.Options;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Hosting;

/// <summary>This machine as a place for containers: made ready once, before anything is started on it.</summary>
internal sealed class HostMachine(
    IOptions<ServerOptions> server, IOptions<RunscOptions> runsc, ServerDirectories directories, ICgroupTree cgroups, ILoggerFactory loggers)
{
    private ContainerRuntime? _runtime;

    /// <summary>What starts containers. After <see cref="PrepareAsync"/>.</summary>
    public ContainerRuntime Runtime => _runtime ?? throw new InvalidOperationException("The host has not been prepared yet.");

    /// <summary>Finds runsc and makes directories and cgroups.</summary>
    /// <exception cref="RunscUnavailableException">runsc is missing or too old; the message says what to do.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var installation = await RunscInstallation.FindAsync(runsc.Value.Path is { Length: > 0 } path ? path : null, cancellationToken);
        var options = new ContainerRuntimeOptions
        {
            Runsc = installation,
            Platform = runsc.Value.Platform,
            AgentFile = Beside(server.Value.Agent, "agent"),
            LauncherFile = Beside(server.Value.Launcher, "launch"),
        };
        _runtime = new ContainerRuntime(options, directories, cgroups, loggers.CreateLogger<ContainerRuntime>());
    }

    private static string Beside(string given, string name) => given.Length > 0 ? given : Path.Combine(AppContext.BaseDirectory, "guest", name);
}
