using System.Reflection;

namespace Sandbox.Gateway.Status;

/// <summary>What this server is: the build's version and the engine that it was built with.</summary>
internal static class ServerIdentity
{
#if ORLEANS
    public const string Engine = "orleans";
#else
    public const string Engine = "embedded";
#endif

    /// <summary>The version without the commit that the compiler appends to it.</summary>
    public static string Version { get; } =
        typeof(ServerIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
