using Sandbox.ClientPackages.Tests.JavaScript;

namespace Sandbox.ClientPackages.Tests.CloudRun;

/// <summary>Programs for Cloud Run Sandbox in JavaScript, over TLS, against a real server.</summary>
[Collection(typeof(JavaScriptCollection))]
public sealed class JavaScriptExamplesTests(LiveServers servers, JavaScriptPackage package)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task The_examples_run_as_they_are_written()
    {
        await using var front = await TlsFront.StartAsync(new Uri(servers.Open));
        var modules = Path.Combine(package.Project, "node_modules");
        Directory.CreateSymbolicLink(Path.Combine(modules, "cloud-run-sandbox"), Path.Combine(package.Sources, "cloud-run-sandbox"));

        // In place of Google's library, where there are no credentials of Google's.
        await WriteAsync(Path.Combine(package.Sources, "cloud-run-test", "google.mjs"), """
            import { register } from "node:module";
            const library = `export class GoogleAuth {
              async getIdTokenClient(audience) { return { idTokenProvider: { fetchIdToken: async () => "token for " + audience } }; }
            }`;
            const url = "data:text/javascript," + encodeURIComponent(library);
            register("data:text/javascript," + encodeURIComponent(
              `export const resolve = (name, context, next) => name === "google-auth-library" ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(name, context);`));
            """);
        await WriteAsync(Path.Combine(package.Project, "clients", "js", "src", "sandbox.ts"), "export { Sandbox } from 'cloud-run-sandbox';");

        Assert.Equal("STDOUT: Hello from the sandbox!\n\n", await RunAsync(front, "basic", SeedExamples.JavaScriptBasic));
        Assert.Equal("STDOUT: Hello from the sandbox!\n\n", await RunOldAsync(front));
        Assert.Equal("restored\n\n", await RunAsync(front, "checkpoint", SeedExamples.JavaScriptCheckpoint));
        Assert.Equal("restored\n\n", await RunAsync(front, "checkpoint-old", SeedExamples.JavaScriptCheckpointOfOld));
        var more = await RunAsync(front, "more", SeedExamples.JavaScriptMore);
        Assert.Equal(SeedExamples.More, more.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("[more]", StringComparison.Ordinal)));
        Assert.Contains("[more] received", more, StringComparison.Ordinal);
        Assert.DoesNotContain("default.", more, StringComparison.Ordinal);
        await RunAsync(front, "snapshot", SeedExamples.JavaScriptSnapshot);
    }

    private async Task<string> RunAsync(TlsFront front, string name, string example) =>
        await Tool.RunAsync(package.Project, 60, front.Environment, await CommandAsync(front, name, example));

    private async Task<string[]> CommandAsync(TlsFront front, string name, string example)
    {
        await WriteAsync(Path.Combine(package.Project, $"{name}.mjs"), example.Replace(SeedExamples.Url, front.Address, StringComparison.Ordinal));
        return ["node", "--import", Path.Combine(package.Sources, "cloud-run-test", "google.mjs"), $"{name}.mjs"];
    }

    private async Task<string> RunOldAsync(TlsFront front)
    {
        await WriteAsync(Path.Combine(package.Project, "old.ts"), SeedExamples.TypeScriptBasicOfOld.Replace(SeedExamples.Url, front.Address, StringComparison.Ordinal));
        await package.RunAsync("esbuild", "old.ts", "--bundle", "--platform=node", "--format=esm", "--packages=external", "--outfile=old.mjs");
        return await Tool.RunAsync(package.Project, 60, front.Environment, "node", "old.mjs");
    }

    private static async Task WriteAsync(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text, Cancel);
    }
}
