using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Containers;

/// <summary>Settings of a <see cref="ContainerRuntime"/>.</summary>
internal sealed record ContainerRuntimeOptions
{
    /// <summary>The runsc that starts containers.</summary>
    public required RunscInstallation Runsc { get; init; }

    /// <summary>How runsc catches system calls.</summary>
    public RunscPlatform Platform { get; init; } = RunscPlatform.Ptrace;

    /// <summary>The guest agent's static executable.</summary>
    public required string AgentFile { get; init; }

    /// <summary>The program that enters cgroups and becomes runsc (src/Launch).</summary>
    public required string LauncherFile { get; init; }

    /// <summary>Time that a container's agent has to end once its stdin was closed, before everything is killed. It needs about 10 ms.</summary>
    public TimeSpan TeardownGrace { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Time that killed processes have to disappear. Passed only where the kernel hangs; then a residue is logged and left for the next start.</summary>
    public TimeSpan KillDeadline { get; init; } = TimeSpan.FromSeconds(5);
}
