using System.Collections.Immutable;
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

    /// <summary>Time that making a container ahead, or removing what failed, may take. It needs 0.1-0.5 s.</summary>
    public TimeSpan CreateDeadline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time that a checkpoint or a restore may take beside that for its bytes (<see cref="ImageBytesPerSecond"/>). It needs 0.1 s.</summary>
    public TimeSpan ImageDeadline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes a second that the slowest disk is thought to write and read; what was measured was 200 to 900 MB.</summary>
    public long ImageBytesPerSecond { get; init; } = 20_000_000;

    /// <summary>Processor features that guests may see at most, in runsc's spelling; empty for all that this host has. See <see cref="HostCpu"/>.</summary>
    public ImmutableArray<string> CpuFeatures { get; init; } = [];

    /// <summary>The deadline of a checkpoint or restore of so many bytes.</summary>
    public TimeSpan DeadlineFor(long bytes) => ImageDeadline + TimeSpan.FromSeconds((double)bytes / ImageBytesPerSecond);
}
