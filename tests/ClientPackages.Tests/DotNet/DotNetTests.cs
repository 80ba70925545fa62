namespace Sandbox.ClientPackages.Tests.DotNet;

/// <summary>The .NET client's packages as a program finds them. (Its own suite is Sandbox.Client.Tests.)</summary>
public sealed class DotNetTests(LiveServers servers) : IDisposable
{
    private static readonly string[] s_packages = ["Sandbox.Client", "Sandbox.Client.Google"];

    private readonly Workspace _workspace = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _workspace.Dispose();

    [Fact(Timeout = 240_000)]
    public async Task Every_example_of_the_readmes_runs_on_the_restored_packages_and_prints_what_it_says()
    {
        var folder = _workspace.CreateFolder("project");
        foreach (var package in s_packages) await PackAsync(package);
        var examples = Examples("Sandbox.Client");
        Assert.InRange(examples.Count, 5, 50);
        await File.WriteAllTextAsync(Path.Combine(folder, "project.csproj"), Project(), Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), Sources(), Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), Program(examples, Examples("Sandbox.Client.Google")), Cancel);
        await Tool.RunAsync(folder, 150, Environment(), "dotnet", "build", "-o", "built", "-v", "quiet", "-clp:NoSummary", "-warnaserror");
        foreach (var (number, example) in examples.Index())
        {
            var printed = await Tool.RunAsync(folder, 60, servers.Environment(example.Keyed), "dotnet", "built/project.dll", $"{number}");
            example.AssertPrinted(printed);
        }
    }

    private IReadOnlyList<Readme.Example> Examples(string package) =>
        Readme.Examples(Path.Combine(Workspace.Repository, "clients", "dotnet", package, "README.md"), "csharp", servers);

    /// <summary>Packs what was built with these tests; the sources are not touched.</summary>
    private Task<string> PackAsync(string package)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Tool.RunAsync(
            Path.Combine(Workspace.Repository, "clients", "dotnet", package), 120, Environment(packages: null),
            "dotnet", "pack", "--no-build", "-c", char.ToUpperInvariant(configuration[0]) + configuration[1..], "-o", _workspace.Path("packed"), "-v", "quiet");
    }

    /// <summary>Nothing of this build may be taken from, or left in, the packages folder of this user.</summary>
    private Dictionary<string, string?> Environment() => Environment(_workspace.Path("packages"));

    private static Dictionary<string, string?> Environment(string? packages)
    {
        // artifacts/ENGINE/bin/PROJECT/CONFIGURATION
        var engine = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.Parent!.Name;
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["GrainEngine"] = engine,
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
            ["DOTNET_NOLOGO"] = "1",
        };
        if (packages is not null) environment["NUGET_PACKAGES"] = packages;
        return environment;
    }

    private static string Project() => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <InvariantGlobalization>true</InvariantGlobalization>
          </PropertyGroup>
          <ItemGroup>
            {string.Concat(s_packages.Select(package => $"""<PackageReference Include="{package}" Version="*" />"""))}
          </ItemGroup>
        </Project>
        """;

    /// <summary>Ours from the folder of packages, and what they need from where building them has put it: no network.</summary>
    private string Sources() => $"""
        <configuration>
          <packageSources><clear /><add key="packed" value="{_workspace.Path("packed")}" /></packageSources>
          <fallbackPackageFolders><clear /><add key="built" value="{BuildPackages()}" /></fallbackPackageFolders>
        </configuration>
        """;

    private static string BuildPackages() =>
        System.Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>One program that runs the example whose number it is given. Those that need an account of Google's are compiled only.</summary>
    private string Program(IReadOnlyList<Readme.Example> examples, IReadOnlyList<Readme.Example> compiledOnly)
    {
        var all = examples.Concat(compiledOnly).ToList();
        var usings = all.SelectMany(example => example.Lines).Where(IsUsing).Distinct(StringComparer.Ordinal);
        var methods = all.Select((example, number) => $$"""
            static async Task Example{{number}}()
            {
                {{(example.Whole || number >= examples.Count ? "" : $"await using var sandbox = await Sandbox.CreateAsync(\"{servers.Open}\");")}}
            {{string.Join('\n', example.Lines.Where(line => !IsUsing(line)))}}
                {{(example.Whole || number >= examples.Count ? "" : "await sandbox.DeleteAsync();")}}
            }
            """);
        return $$"""
            {{string.Join('\n', usings)}}

            Func<Task>[] examples = [{{string.Join(", ", all.Select((_, number) => $"Example{number}"))}}];
            await examples[int.Parse(args[0])]();

            {{string.Join("\n\n", methods)}}
            """;
    }

    private static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('=', StringComparison.Ordinal);
}
