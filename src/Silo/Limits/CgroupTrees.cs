namespace Sandbox.Silo.Limits;

/// <summary>Chooses how the limits of this machine are set.</summary>
internal static class CgroupTrees
{
    /// <summary>
    /// The tree for one server, to be prepared: v1 where its memory or processor controllers are mounted (also beside an empty v2 hierarchy, as systemd's
    /// hybrid mode has it), else v2, else none.
    /// </summary>
    /// <param name="layout">Where this process is.</param>
    /// <param name="name">Name of the server's parent directory.</param>
    public static ICgroupTree For(CgroupLayout layout, string name)
    {
        if (layout.V1.ContainsKey("memory") || layout.V1.ContainsKey("cpu"))
            return new CgroupV1Tree(layout.V1, name);
        if (layout is { V2: { } own, V2Root: { } root })
            return new CgroupV2Tree(own, root, name);
        return new NoCgroupTree("no cgroup hierarchy is mounted writable at /sys/fs/cgroup");
    }
}
