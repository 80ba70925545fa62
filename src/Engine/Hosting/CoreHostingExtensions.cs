using System.Net;

namespace Orleans.Hosting;

/// <summary>How hosts find each other. This engine has one host, so that only the form for one host is here.</summary>
public static class CoreHostingExtensions
{
    /// <summary>One host by itself. This engine is that anyway and opens no port; the parameters have no effect.</summary>
    /// <param name="builder">The engine.</param>
    /// <param name="siloPort">No effect.</param>
    /// <param name="gatewayPort">No effect.</param>
    /// <param name="primarySiloEndpoint">Has to be null: there is no other host.</param>
    /// <param name="serviceId">No effect.</param>
    /// <param name="clusterId">No effect.</param>
    /// <exception cref="NotSupportedException">Another host was named.</exception>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = 11111,
        int gatewayPort = 30000,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return primarySiloEndpoint is null
            ? builder
            : throw new NotSupportedException(
                "The embedded grain engine runs one host only. Build with -p:GrainEngine=orleans to join several.");
    }
}
