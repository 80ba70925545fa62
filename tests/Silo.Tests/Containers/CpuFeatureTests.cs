using System.Text.Json;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class CpuFeatureTests(TestBinaries binaries)
{
    private const string Annotation = "dev.gvisor.internal.cpufeatures";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task The_operators_list_is_in_the_bundle_and_without_one_nothing_is()
    {
        var newer = RunscVersion.Parse("runsc version release-20250820.0")!;
        await using var levelled = await TestServer.StartAsync(
            binaries, change: options => options with { Runsc = options.Runsc with { Version = newer }, CpuFeatures = ["fpu", "sse2"] });
        await using var plain = await TestServer.StartAsync(binaries);

        Assert.Equal("fpu,sse2", await AnnotationAsync(levelled));
        Assert.Null(await AnnotationAsync(plain));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_list_that_this_runsc_would_pass_over_in_silence_is_refused_at_the_start()
    {
        var older = RunscVersion.Parse("runsc version release-20240729.0")!;

        var data = Directory.CreateTempSubdirectory("sandbox-silo-").FullName;
        try
        {
            var error = await Assert.ThrowsAsync<RunscUnavailableException>(() => TestServer.StartAsync(
                binaries, change: options => options with { Runsc = options.Runsc with { Version = older }, CpuFeatures = ["fpu"] }, data: data));

            Assert.Contains("20250820", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<string?> AnnotationAsync(TestServer server)
    {
        await using var container = server.Runtime.Start(new ContainerSpec { Layers = [server.Layer()] });
        await using var file = File.OpenRead(Path.Combine(server.Directories.BundleOf(container.Id), "config.json"));
        using var json = await JsonDocument.ParseAsync(file, cancellationToken: Cancellation);
        return json.RootElement.GetProperty("annotations").TryGetProperty(Annotation, out var value) ? value.GetString() : null;
    }
}
