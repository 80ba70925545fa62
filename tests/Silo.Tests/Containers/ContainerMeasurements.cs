using System.Diagnostics;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>What a container's life costs. Explicit, since it measures and proves nothing; run it with <c>-explicit only -showLiveOutput</c>.</summary>
[Collection("runsc")]
public sealed class ContainerMeasurements(TestBinaries binaries)
{
    private const int Runs = 30;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Measure_the_life_of_a_container()
    {
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"medians of {Runs}, in ms:           hello    gone    cpu   (least)  server's cpu   memory");
        foreach (var platform in Enum.GetValues<RunscPlatform>())
        {
            foreach (var image in new[] { false, true })
                output.WriteLine(await MeasureAsync(platform, image));
        }
    }

    private async Task<string> MeasureAsync(RunscPlatform platform, bool onImage)
    {
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { Platform = platform });
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var spec = new ContainerSpec { Limits = new CgroupLimits { MemoryBytes = 1 << 30 } };
        spec = onImage ? spec with { Base = await images.GetAsync("layer", server.Layer(), Cancellation) } : spec with { Layers = [server.Layer()] };

        List<double> hello = [], gone = [], cpu = [], own = [], memory = [];
        for (var i = 0; i < Runs; i++)
        {
            var ownBefore = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            var container = server.Runtime.Start(spec);
            await container.HelloAsync(Cancellation);
            hello.Add(clock.Elapsed.TotalMilliseconds);
            memory.Add((container.ReadUsage().MemoryBytes ?? 0) / 1048576.0);

            clock.Restart();
            await container.DisposeAsync();
            gone.Add(clock.Elapsed.TotalMilliseconds);
            cpu.Add((await container.Exited).Usage.Cpu?.TotalMilliseconds ?? 0);
            own.Add((Environment.CpuUsage.TotalTime - ownBefore).TotalMilliseconds);
        }

        return $"{platform,-8} {(onImage ? "image" : "directory"),-20} {Median(hello),8:0.0} {Median(gone),8:0.0} {Median(cpu),8:0.0} ({cpu.Min():0.0}) {Median(own),8:0.0} {Median(memory),8:0.0} MiB";
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
