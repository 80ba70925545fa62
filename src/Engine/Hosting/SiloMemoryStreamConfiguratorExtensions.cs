namespace Orleans.Hosting;

/// <summary>Settings of a memory stream provider.</summary>
public static class SiloMemoryStreamConfiguratorExtensions
{
    /// <summary>How many queues carry the streams. No effect: here none are needed.</summary>
    /// <param name="configurator">The provider.</param>
    /// <param name="numOfQueues">No effect.</param>
    public static void ConfigurePartitioning(this ISiloMemoryStreamConfigurator configurator, int numOfQueues = 8)
    {
        ArgumentNullException.ThrowIfNull(configurator);
        ArgumentOutOfRangeException.ThrowIfLessThan(numOfQueues, 1);
    }
}
