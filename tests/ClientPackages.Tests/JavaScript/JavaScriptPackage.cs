namespace Sandbox.ClientPackages.Tests.JavaScript;

/// <summary>The JavaScript client, built from a copy of its sources, packed, and installed into a project that has nothing else.</summary>
public sealed class JavaScriptPackage : IAsyncLifetime
{
    /// <summary>What is in npm's cache needs no network, and nothing is said but what was asked for.</summary>
    private static readonly Dictionary<string, string?> s_npm = new(StringComparer.Ordinal)
    {
        ["npm_config_prefer_offline"] = "true",
        ["npm_config_audit"] = "false",
        ["npm_config_fund"] = "false",
        ["npm_config_update_notifier"] = "false",
    };

    private readonly Workspace _workspace = new();

    /// <summary>The copy of the sources, with what they need for building and testing.</summary>
    public string Sources => _workspace.Path("clients", "js");

    /// <summary>The project that uses the package.</summary>
    public string Project => _workspace.Path("project");

    public async ValueTask InitializeAsync()
    {
        await NpmAsync(Sources, "ci");
        await NpmAsync(Sources, "pack", "--pack-destination", _workspace.CreateFolder("packed"));
        await File.WriteAllTextAsync(Path.Combine(_workspace.CreateFolder("project"), "package.json"), """{ "private": true, "type": "module" }""");
        await NpmAsync(Project, "install", Assert.Single(Directory.GetFiles(_workspace.Path("packed"))));
    }

    public ValueTask DisposeAsync()
    {
        _workspace.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Starts npm.</summary>
    internal static Tool Npm(string folder, int seconds, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Tool.Start(folder, seconds, s_npm.Concat(environment).ToDictionary(StringComparer.Ordinal), ["npm", .. arguments]);

    /// <summary>Runs a tool that the sources' own packages bring.</summary>
    internal Task<string> RunAsync(string tool, params string[] arguments) =>
        Tool.RunAsync(Project, 60, new Dictionary<string, string?>(StringComparer.Ordinal), [Path.Combine(Sources, "node_modules", ".bin", tool), .. arguments]);

    private static Task<string> NpmAsync(string folder, params string[] arguments) => Tool.RunAsync(folder, 120, s_npm, ["npm", .. arguments]);
}
