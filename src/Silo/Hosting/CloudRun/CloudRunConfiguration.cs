using Microsoft.Extensions.Configuration.Memory;
using Sandbox.Gateway.Access;

namespace Sandbox.Silo.Hosting.CloudRun;

/// <summary>Puts <see cref="CloudRunSettings"/> into the server's configuration.</summary>
internal static class CloudRunConfiguration
{
    /// <summary>Adds them below what is set in this server's own words, which wins.</summary>
    /// <param name="configuration">The configuration, complete but for them.</param>
    /// <param name="below">The first source that wins over them.</param>
    /// <param name="find">The value of an environment variable, or null.</param>
    public static CloudRunSettings AddCloudRunSettings(this IConfigurationManager configuration, int below, Func<string, string?> find)
    {
        var settings = CloudRunSettings.Read(find, AccessOptions.Read(configuration).RequiresLoopback);
        configuration.Sources.Insert(below, new MemoryConfigurationSource { InitialData = settings.Settings });
        return settings;
    }
}
