using Sandbox.ClientPackages.Tests.JavaScript;
using Sandbox.CloudStorage;

namespace Sandbox.ClientPackages.Tests.CloudStorage;

/// <summary>
/// Google's own JavaScript client against the Cloud Storage that the tests of the storage use: that server shares no line with the client it tests
/// there, and here another judges it.
/// </summary>
public sealed class GoogleClientTests
{
    [Fact(Timeout = 240_000)]
    public async Task Googles_client_finds_uploads_preconditions_lists_and_ranges_as_it_knows_them()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-cloud-storage-");
        await using var server = await CloudStorageServer.StartAsync();
        try
        {
            var sources = Path.Combine(AppContext.BaseDirectory, "CloudStorage");
            foreach (var file in Directory.EnumerateFiles(sources)) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            await using (var npm = JavaScriptPackage.Npm(folder.FullName, 120, new Dictionary<string, string?>(), "ci"))
            {
                Assert.True(await npm.WaitAsync() == 0, npm.Output);
            }

            var bucket = server.CreateBucket("tests");

            bucket.Add(new Fault(FaultKind.KeepHalf, "PUT /upload"));
            bucket.Add(new Fault(FaultKind.Corrupt, "name=damaged"));
            var environment = new Dictionary<string, string?> { ["CLOUD_STORAGE"] = server.Address.ToString().TrimEnd('/'), ["BUCKET"] = bucket.Name };
            var said = await Tool.RunAsync(folder.FullName, 110, environment, "node", "--test", "--test-reporter=tap", "suite.test.mjs");
            Assert.Contains("# pass 6", said, StringComparison.Ordinal);
            Assert.Equal(0, bucket.FaultsLeft);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
