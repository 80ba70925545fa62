namespace Sandbox.Silo.Cluster;

/// <summary>Reads and checks what a configuration says of a cluster.</summary>
internal static class ClusterSetup
{
    /// <summary>The settings of a silo.</summary>
    /// <exception cref="ClusterException">They cannot be.</exception>
    public static SandboxClusterOptions OfSilo(IConfiguration configuration)
    {
        var cluster = Read(configuration, isWanted: configuration.GetSection(SandboxClusterOptions.Section).Exists());
        ThrowIfAny(ClusterRules.CheckSilo(
            cluster, configuration["Blobs"] is not null, configuration["Checkpoints:KeyFile"] is not null, configuration.GetValue<bool>("Holding:SharedStore")));
        return cluster;
    }

    /// <summary>The settings of a gateway alone.</summary>
    /// <exception cref="ClusterException">They cannot be.</exception>
    public static SandboxClusterOptions OfGateway(IConfiguration configuration)
    {
        var cluster = Read(configuration, isWanted: true);
        ThrowIfAny(ClusterRules.CheckGateway(cluster));
        return cluster;
    }

    private static SandboxClusterOptions Read(IConfiguration configuration, bool isWanted)
    {
        if (isWanted) ThrowIfAny(Engine);
        try
        {
            return configuration.GetSection(SandboxClusterOptions.Section).Get<SandboxClusterOptions>() ?? new SandboxClusterOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new ClusterException($"A setting of the section Cluster cannot be read: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private static IEnumerable<string> Engine =>
#if ORLEANS
        [];
#else
        ["The embedded engine is one machine and never more: leave the settings of the section Cluster out, or build with Orleans (./sandbox up --engine orleans)."];
#endif

    private static void ThrowIfAny(IEnumerable<string> wrong)
    {
        if (string.Join(" ", wrong) is { Length: > 0 } message) throw new ClusterException(message);
    }
}
