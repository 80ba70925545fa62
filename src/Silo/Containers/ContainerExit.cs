using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Containers;

/// <summary>How a container ended.</summary>
/// <param name="ExitCode">The agent's exit code, as runsc passes it on; 128 + signal where it was ended; 125 where the launch failed.</param>
/// <param name="Stderr">The end of what runsc and the agent wrote to stderr. Partly a guest's text.</param>
/// <param name="Usage">What it used in all. <see cref="CgroupUsage.OomKills"/> above zero says that the memory limit ended something in it.</param>
internal sealed record ContainerExit(int ExitCode, string Stderr, CgroupUsage Usage)
{
    /// <summary>Whether it was ended by a checkpoint, after its whole state was written: asleep, not dead.</summary>
    public bool Checkpointed { get; init; }

    /// <summary>Whether the kernel ended a process of it, or all, for want of memory.</summary>
    public bool OutOfMemory => Usage.OomKills > 0;
}
