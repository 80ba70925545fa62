using Sandbox.TestServer;

namespace Sandbox.Deploy.Tests;

/// <summary>The manifests in deploy/ against the schemas that Kubernetes, Knative and Compose publish, as far as npm has them.</summary>
public sealed class ManifestTests
{
    [Fact(Timeout = 240_000)]
    public async Task Every_manifest_fits_its_schema_and_one_that_does_not_is_found()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-deploy-");
        try
        {
            foreach (var file in new[] { "package.json", "package-lock.json", ".npmrc", "manifests.mjs" })
                File.Copy(Path.Combine(AppContext.BaseDirectory, file), Path.Combine(folder.FullName, file));
            await Tool.RunAsync(folder.FullName, 150, new Dictionary<string, string?>(), "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund");
            var deploy = Path.Combine(SetUp.Repository, "deploy");
            var said = await Tool.RunAsync(folder.FullName, 30, new Dictionary<string, string?>(), "node", "manifests.mjs", deploy);
            Assert.Equal(Manifests(deploy).Order(StringComparer.Ordinal), said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0]).Order(StringComparer.Ordinal));

            await Tool.RunAsync(folder.FullName, 30, new Dictionary<string, string?>(), "cp", "-r", deploy, "broken");
            foreach (var (manifest, right, wrong) in new[]
            {
                ("kubernetes/silo.yaml", "replicas: 3", "replicas: three"), ("compose/compose.yaml", "stop_grace_period", "grace_period"),
                ("cloudrun/service.yaml", "containerConcurrency: 80", "containerConcurrency: many"),
            })
            {
                var file = Path.Combine(folder.FullName, "broken", manifest);
                await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);
            }

            await using var tool = Tool.Start(folder.FullName, 30, new Dictionary<string, string?>(), "node", "manifests.mjs", "broken");
            Assert.Equal(1, await tool.WaitAsync());
            Assert.Equal(3, tool.Output.Split('\n').Where(line => line.Length > 0 && !line.EndsWith(": fits", StringComparison.Ordinal)).Select(line => line.Split(':')[0]).Distinct().Count());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Manifests(string deploy) => Directory.EnumerateFiles(deploy, "*.yaml", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(deploy, file)).Where(file => Path.GetFileName(file) != "kustomization.yaml");
}
