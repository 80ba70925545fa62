using System.Globalization;
using System.Text.RegularExpressions;

namespace Sandbox.ClientPackages.Tests.JavaScript;

/// <summary>The JavaScript client's own suite, and its package as a program finds it.</summary>
[Collection(typeof(JavaScriptCollection))]
public sealed partial class JavaScriptTests(LiveServers servers, JavaScriptPackage package, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 330_000)]
    public async Task The_suite_passes_against_a_real_server_and_skips_nothing()
    {
        await using var suite = JavaScriptPackage.Npm(package.Sources, 300, servers.Environment(), "test");
        var code = await suite.WaitAsync();
        var said = suite.Output;
        Assert.True(code == 0, $"`npm test` ended with code {code}:\n{Failures(said)}");
        Assert.True(Count(said, "skipped") == 0, $"Tests were skipped:\n{string.Join('\n', said.Split('\n').Where(line => line.Contains("# SKIP", StringComparison.Ordinal)))}");
        Assert.Equal(Count(said, "tests"), Count(said, "pass"));
        Assert.InRange(Count(said, "tests"), 100, 1000);
        Assert.InRange(Passed().Count(said), 16, 1000);
        output.WriteLine($"{Count(said, "tests")} tests, {Passed().Count(said)} of them live. The slowest:");
        foreach (var (name, seconds) in Timed().Matches(said)
            .Select(match => (match.Groups["name"].Value, double.Parse(match.Groups["ms"].Value, CultureInfo.InvariantCulture) / 1000))
            .OrderByDescending(test => test.Item2).Take(5)) output.WriteLine($"{seconds:f1} s {name}");
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_example_of_the_readme_runs_on_the_installed_package_and_prints_what_it_says()
    {
        var examples = Readme.Examples(Path.Combine(package.Sources, "README.md"), "js", servers);
        Assert.InRange(examples.Count, 5, 50);
        foreach (var (number, example) in examples.Index())
        {
            await File.WriteAllTextAsync(Path.Combine(package.Project, $"example{number}.mjs"), Program(example), Cancel);
            var printed = await Tool.RunAsync(package.Project, 60, servers.Environment(example.Keyed), "node", $"example{number}.mjs");
            example.AssertPrinted(printed);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_example_of_the_readme_is_right_to_the_strict_type_checker()
    {
        foreach (var (number, example) in Readme.Examples(Path.Combine(package.Sources, "README.md"), "js", servers).Index())
            await File.WriteAllTextAsync(Path.Combine(package.Project, $"typed{number}.ts"), Program(example), Cancel);
        await File.WriteAllTextAsync(Path.Combine(package.Project, "node.d.ts"), """
            declare const process: { env: Record<string, string> };
            declare module "node:fs/promises" {
              export function mkdir(path: string, options?: object): Promise<unknown>;
              export function writeFile(path: string, text: string): Promise<void>;
            }
            """, Cancel);
        await File.WriteAllTextAsync(Path.Combine(package.Project, "wrong.ts"), """
            import { Sandbox } from "sandbox-client";
            // @ts-expect-error: the types must refuse this, or they are none.
            await Sandbox.create("http://127.0.0.1:8080", { memoryBytes: "much" });
            """, Cancel);
        await File.WriteAllTextAsync(Path.Combine(package.Project, "tsconfig.json"), """
            {
              "compilerOptions": {
                "target": "ES2022", "module": "NodeNext", "lib": ["ES2023", "DOM", "ESNext.Disposable"], "types": [],
                "strict": true, "noEmit": true
              },
              "include": ["typed*.ts", "wrong.ts", "node.d.ts"]
            }
            """, Cancel);
        await package.RunAsync("tsc", "-p", ".");
    }

    private string Program(Readme.Example example) => example.Whole
        ? example.Code
        : $$"""
            import { Sandbox as TheSandbox } from "sandbox-client";
            await using sandbox = await TheSandbox.create("{{servers.Open}}");
            {{example.Code}}
            """.Replace("await using", "const", StringComparison.Ordinal) + "await sandbox.delete();\nawait sandbox.close();\n";

    private static int Count(string said, string what)
    {
        var line = Totals().Matches(said).LastOrDefault(match => match.Groups["what"].Value == what);
        Assert.True(line is not null, $"The runner does not say how many tests there were:\n{said}");
        return int.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>What the runner says about failed tests; where it did not come so far, its last words.</summary>
    private static string Failures(string said)
    {
        var failed = NotPassed().Matches(said);
        return failed.Count > 0 ? string.Join('\n', failed.Select(match => match.Value)) : said[Math.Max(0, said.Length - 5000)..];
    }

    // Both of node's reporters, of which it chooses by version.
    [GeneratedRegex(@"^(#|ℹ) (?<what>tests|pass|skipped) (?<count>\d+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Totals();

    [GeneratedRegex(@"^\s*(ok \d+ -|✔) live: ", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Passed();

    [GeneratedRegex(@"^ok \d+ - (?<name>.*)\n +---\n +duration_ms: (?<ms>[\d.]+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Timed();

    [GeneratedRegex(@"^(?<indent>\s*)not ok .*\n(\k<indent>  .*\n)*|^✖ failing tests:(.|\n)*", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex NotPassed();
}
