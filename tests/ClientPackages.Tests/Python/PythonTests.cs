using System.Globalization;
using System.Text.RegularExpressions;

namespace Sandbox.ClientPackages.Tests.Python;

/// <summary>The Python client's own suite, and its package as a program finds it.</summary>
public sealed partial class PythonTests(LiveServers servers, ITestOutputHelper output) : IDisposable
{
    private const string Python = "/usr/bin/python3"; // Debian's, for which Debian's packages are.

    private static readonly Dictionary<string, string?> s_pip = new(StringComparer.Ordinal) { ["PIP_NO_INDEX"] = "1", ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1" };

    private readonly Workspace _workspace = new();

    private string Sources => _workspace.Path("clients", "python");

    public void Dispose() => _workspace.Dispose();

    [Fact(Timeout = 330_000)]
    public async Task The_suite_passes_against_a_real_server_and_skips_nothing()
    {
        await using var suite = Tool.Start(Sources, 300, servers.Environment(), Python, "-m", "unittest", "discover", "-v");
        var code = await suite.WaitAsync();
        var said = suite.Output;
        Assert.True(code == 0, $"unittest ended with code {code}:\n{said[Math.Max(0, said.IndexOf("\n======", StringComparison.Ordinal))..]}");
        var ran = Ran().Match(said);
        Assert.True(ran.Success && said.TrimEnd().EndsWith("\nOK", StringComparison.Ordinal), $"Not every test ran and passed:\n{said}");
        var tests = int.Parse(ran.Groups["count"].Value, CultureInfo.InvariantCulture);
        Assert.InRange(tests, 96, 1000);
        Assert.InRange(Live().Count(said), 18, tests);
        output.WriteLine($"{tests} tests, {Live().Count(said)} of them live");
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_example_of_the_readme_runs_on_the_installed_wheel_and_prints_what_it_says()
    {
        var examples = Readme.Examples(Path.Combine(Sources, "README.md"), "python", servers);
        Assert.InRange(examples.Count, 5, 50);
        await Tool.RunAsync(Sources, 60, s_pip, Python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", "wheels", ".");
        var project = _workspace.CreateFolder("project");
        await Tool.RunAsync(project, 60, s_pip, Python, "-m", "venv", "--system-site-packages", "environment");
        // Not --no-deps: what the wheel says that it needs must be there.
        var python = Path.Combine(project, "environment", "bin", "python");
        await Tool.RunAsync(project, 60, s_pip, python, "-m", "pip", "install", Assert.Single(Directory.GetFiles(Path.Combine(Sources, "wheels"))));
        foreach (var (number, example) in examples.Index())
        {
            var file = Path.Combine(project, $"example{number}.py");
            await File.WriteAllTextAsync(file, Program(example), TestContext.Current.CancellationToken);
            // Isolated, so that only what was installed is found.
            var printed = await Tool.RunAsync(project, 60, servers.Environment(example.Keyed), python, "-I", file);
            example.AssertPrinted(printed);
        }
    }

    private string Program(Readme.Example example) => example.Whole
        ? example.Code
        : $"""
            import asyncio
            from sandbox_client import Sandbox

            async def main():
                async with Sandbox.create("{servers.Open}") as sandbox:
            {example.Indented(8)}
                    await sandbox.delete()

            asyncio.run(main())
            """;

    [GeneratedRegex(@"^Ran (?<count>\d+) tests in ", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Ran();

    // What a test itself prints comes between its name and its "ok".
    [GeneratedRegex(@"^test_\w+ \(tests\.test_(real_server|examples)\.", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Live();
}
