namespace Sandbox.Silo.Limits;

/// <summary>What a cgroup has used. A value that the machine does not count is null.</summary>
/// <param name="Cpu">Processor time, user and system, of every process that ever was in it.</param>
/// <param name="MemoryBytes">Memory now.</param>
/// <param name="OomKills">Processes that the kernel ended because of the memory limit.</param>
internal sealed record CgroupUsage(TimeSpan? Cpu, long? MemoryBytes, long? OomKills)
{
    /// <summary>Nothing is counted here.</summary>
    public static readonly CgroupUsage Unknown = new(null, null, null);
}
