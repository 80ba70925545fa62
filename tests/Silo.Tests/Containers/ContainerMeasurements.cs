using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Link;
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

    /// <summary>With the real agent and a mould, on the template that SANDBOX_TEST_ROOTFS names and the agent of SANDBOX_TEST_AGENT.</summary>
    [Fact(Explicit = true)]
    public async Task Measure_a_one_off()
    {
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"medians of {Runs}, in ms:        hello+ready   mould   pour   gone    cpu   (least)   memory");
        foreach (var platform in Enum.GetValues<RunscPlatform>())
        {
            foreach (var image in new[] { false, true })
                output.WriteLine(await MeasureOneOffAsync(platform, image));
        }
    }

    private async Task<string> MeasureOneOffAsync(RunscPlatform platform, bool onImage)
    {
        var agent = Environment.GetEnvironmentVariable("SANDBOX_TEST_AGENT")!;
        var rootfs = Environment.GetEnvironmentVariable("SANDBOX_TEST_ROOTFS")!;
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { Platform = platform, AgentFile = agent });
        using var images = new RootImages(server.Directories.Images, agent);
        var spec = new ContainerSpec { Limits = new CgroupLimits { MemoryBytes = 1 << 30 } };
        spec = onImage ? spec with { Base = await images.GetAsync("layer", rootfs, Cancellation) } : spec with { Layers = [rootfs] };
        var configuration = new GuestConfiguration
        {
            Hostname = "sandbox",
            Lower = spec.LowerPaths,
            DiskBytes = 256 << 20,
            MemoryBytes = 512 << 20,
            Processes = 256,
            OpenFiles = 1024,
        };

        List<double> ready = [], mould = [], pour = [], gone = [], cpu = [], memory = [];
        for (var i = 0; i < Runs; i++)
        {
            var clock = Stopwatch.StartNew();
            await using var container = server.Runtime.Start(spec);
            await using (var link = await GuestLink.ConnectAsync(
                container.ToGuest, container.FromGuest, configuration, new GuestLinkOptions(), TimeProvider.System, NullLogger<GuestLink>.Instance, Cancellation))
            {
                ready.Add(clock.Elapsed.TotalMilliseconds);
                clock.Restart();
                var started = await link.StartAsync(OneOffProgram.Mould, Cancellation);
                await Task.Delay(300, Cancellation);
                mould.Add(clock.Elapsed.TotalMilliseconds - 300);
                memory.Add((container.ReadUsage().MemoryBytes ?? 0) / 1048576.0);
                clock.Restart();
                Assert.Null(await started.Process!.PourAsync(new ProcessPour { Content = "print(1)\n"u8.ToArray() }, Cancellation));
                await started.Process.Exited.WaitAsync(Cancellation);
                pour.Add(clock.Elapsed.TotalMilliseconds);
                clock.Restart();
            }

            await container.DisposeAsync();
            gone.Add(clock.Elapsed.TotalMilliseconds);
            cpu.Add((await container.Exited).Usage.Cpu?.TotalMilliseconds ?? 0);
        }

        return $"{platform,-8} {(onImage ? "image" : "directory"),-18} {Median(ready),8:0.0} {Median(mould),8:0.0} {Median(pour),8:0.0} {Median(gone),8:0.0} {Median(cpu),8:0.0} ({cpu.Min():0.0}) {Median(memory),8:0} MiB";
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
