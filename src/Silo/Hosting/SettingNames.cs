using Orleans.Configuration;
using Sandbox.Gateway.Access;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Cluster;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Faults;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Output;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Storage.Gcs;
using Sandbox.Silo.Templates.Building;
using GatewayOptions = Sandbox.Gateway.GatewayOptions;

namespace Sandbox.Silo.Hosting;

/// <summary>Which settings there are. A misspelt one must not start a server without the limit that it was to set.</summary>
internal static class SettingNames
{
    /// <summary>What the names of the product's environment variables begin with.</summary>
    public const string Prefix = "SANDBOX_";

    // Sections that ASP.NET and Orleans read by themselves.
    private static readonly HashSet<string> _others = new(["Logging", "Kestrel", "Orleans"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The sections, and what is read from each.</summary>
    public static IReadOnlyDictionary<string, Type> Sections { get; } = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
    {
        [GatewayOptions.Section] = typeof(GatewayOptions),
        [AccessOptions.Section] = typeof(AccessOptions),
        ["Pool"] = typeof(PoolOptions),
        ["Sandbox"] = typeof(SandboxOptions),
        ["Sandboxes"] = typeof(LiveSandboxOptions),
        ["Output"] = typeof(OutputLogOptions),
        ["Checkpoints"] = typeof(CheckpointOptions),
        ["Lease"] = typeof(LeaseOptions),
        ["Holding"] = typeof(HoldingOptions),
        ["Runsc"] = typeof(RunscOptions),
        ["Gcs"] = typeof(GcsOptions),
        ["Layers"] = typeof(LayerOptions),
        ["Templates"] = typeof(TemplateOptions),
        [SandboxClusterOptions.Section] = typeof(SandboxClusterOptions),
        ["Grains"] = typeof(GrainCollectionOptions),
        [FaultOptions.Section] = typeof(FaultOptions),
    };

    /// <summary>Looks each setting of the environment that has the product's prefix, and each of the command line, up.</summary>
    /// <exception cref="UnknownSettingException">There is none of a name.</exception>
    public static void Check(string[] args, IDictionary<string, string> switches)
    {
        Check(new ConfigurationBuilder().AddEnvironmentVariables(Prefix), name => Prefix + name.Replace(":", "__", StringComparison.Ordinal));
        Check(new ConfigurationBuilder().AddCommandLine(args, switches), name => name);
    }

    private static void Check(IConfigurationBuilder settings, Func<string, string> written)
    {
        foreach (var (name, value) in settings.Build().AsEnumerable())
        {
            var section = name.Split(':')[0];
            if (value is null || section == name || _others.Contains(section)) continue;
            if (!Sections.TryGetValue(section, out var type) || !IsIn(type, section, name, value)) throw new UnknownSettingException(written(name));
        }
    }

    private static bool IsIn(Type type, string section, string name, string value)
    {
        var alone = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        try
        {
            alone.GetSection(section).Get(type, binder => binder.ErrorOnUnknownConfiguration = true);
            return true;
        }
        catch (InvalidOperationException e)
        {
            // Anything else below it is about the value, of which the start tells by itself.
            return e.GetBaseException() is not InvalidOperationException;
        }
    }
}
