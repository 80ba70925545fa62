using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Link;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>What sleeping and waking cost. Explicit, since it measures and proves nothing; run it with <c>-explicit only -showLiveOutput</c>.</summary>
[Collection("runsc")]
public sealed class SleepMeasurements(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Measure_sleep_and_wake()
    {
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine("medians (least), in ms:   leave running     and end         restore    create       restore into it    image    created");
        foreach (var platform in Enum.GetValues<RunscPlatform>())
        {
            foreach (var (megabytes, runs) in new[] { (0, 15), (200, 5) })
                output.WriteLine(await MeasureAsync(platform, megabytes, runs));
        }
    }

    private async Task<string> MeasureAsync(RunscPlatform platform, int megabytes, int runs)
    {
        await using var server = await TestServer.StartAsync(binaries, change: options => options with { Platform = platform });
        using var images = new RootImages(server.Directories.Images, binaries.Guest);
        var spec = new ContainerSpec { Base = await images.GetAsync("layer", server.Layer(), Cancellation), Limits = new CgroupLimits { MemoryBytes = 1 << 30 } };
        var directory = Path.Combine(server.Data, "image");
        List<double> leave = [], end = [], restore = [], create = [], into = [];
        long bytes = 0, created = 0;
        for (var i = 0; i < runs; i++)
        {
            await using var container = server.Runtime.Start(spec);
            await container.HelloAsync(Cancellation);
            if (megabytes > 0)
                Assert.Equal("done", await container.AskAsync($"fill /dev/file {megabytes}", Cancellation));

            leave.Add(await TimeAsync(async () => bytes = (await container.CheckpointAsync(directory, leaveRunning: true, Cancellation)).Bytes));
            Directory.Delete(directory, recursive: true);
            end.Add(await TimeAsync(() => container.CheckpointAsync(directory, leaveRunning: false, Cancellation)));

            var clock = Stopwatch.StartNew();
            await using (var attached = server.Runtime.Restore(spec, directory))
            {
                Assert.Equal("1", await attached.AskAsync("count", Cancellation));
                restore.Add(clock.Elapsed.TotalMilliseconds);
            }

            CreatedContainer? waiting = null;
            create.Add(await TimeAsync(async () => waiting = await server.Runtime.CreateAsync(spec, Cancellation)));
            created = UsageOf(server, waiting!.Id);
            Container? restored = null;
            into.Add(await TimeAsync(async () =>
            {
                restored = await waiting!.RestoreAsync(directory, Cancellation);
                Assert.Equal("1", await restored.AskAsync("count", Cancellation));
            }));
            await restored!.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }

        return $"{platform,-8} {megabytes,4} MB {Median(leave),15} {Median(end),15} {Median(restore),15} {Median(create),15} {Median(into),15} {bytes / 1e6,9:0.00} MB {created / 1e6,5:0} MB";
    }

    /// <summary>With the real agent, on the template that SANDBOX_TEST_ROOTFS names; its PONG is the first answer.</summary>
    [Fact(Explicit = true)]
    public async Task Measure_sleep_and_wake_of_the_agent()
    {
        var agent = Environment.GetEnvironmentVariable("SANDBOX_TEST_AGENT")!;
        var rootfs = Environment.GetEnvironmentVariable("SANDBOX_TEST_ROOTFS")!;
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine("medians (least), in ms:   and end         restore       create       restore into it    image");
        foreach (var platform in Enum.GetValues<RunscPlatform>())
        {
            await using var server = await TestServer.StartAsync(binaries, change: options => options with { Platform = platform, AgentFile = agent });
            using var images = new RootImages(server.Directories.Images, agent);
            var spec = new ContainerSpec { Base = await images.GetAsync("layer", rootfs, Cancellation), Limits = new CgroupLimits { MemoryBytes = 1 << 30 } };
            var configuration = new GuestConfiguration
            {
                Hostname = "sandbox",
                Lower = spec.LowerPaths,
                DiskBytes = 256 << 20,
                MemoryBytes = 512 << 20,
                Processes = 256,
                OpenFiles = 1024,
            };
            var directory = Path.Combine(server.Data, "image");
            List<double> end = [], restore = [], create = [], into = [];
            long bytes = 0;
            for (var i = 0; i < 10; i++)
            {
                await using var container = server.Runtime.Start(spec);
                await using (await GuestLink.ConnectAsync(
                    container.ToGuest, container.FromGuest, configuration, new GuestLinkOptions(), TimeProvider.System, NullLogger<GuestLink>.Instance, Cancellation))
                {
                    end.Add(await TimeAsync(async () => bytes = (await container.CheckpointAsync(directory, leaveRunning: false, Cancellation)).Bytes));
                }

                var clock = Stopwatch.StartNew();
                await using (var attached = server.Runtime.Restore(spec, directory))
                {
                    await PingAsync(attached);
                    restore.Add(clock.Elapsed.TotalMilliseconds);
                }

                clock.Restart();
                await using var waiting = await server.Runtime.CreateAsync(spec, Cancellation);
                create.Add(clock.Elapsed.TotalMilliseconds);
                clock.Restart();
                await using var restored = await waiting.RestoreAsync(directory, Cancellation);
                await PingAsync(restored);
                into.Add(clock.Elapsed.TotalMilliseconds);
                Directory.Delete(directory, recursive: true);
            }

            output.WriteLine($"{platform,-8} {Median(end),15} {Median(restore),15} {Median(create),15} {Median(into),15} {bytes / 1e6,9:0.00} MB");
        }
    }

    private static async Task PingAsync(Container container)
    {
        await container.ToGuest.WriteAsync(new byte[] { 8, 0, 0, 0, 0x09, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 }, Cancellation);
        await container.ToGuest.FlushAsync(Cancellation);
        var header = new byte[12];
        do
        {
            await container.FromGuest.ReadExactlyAsync(header, Cancellation);
            await container.FromGuest.ReadExactlyAsync(new byte[BitConverter.ToInt32(header)], Cancellation);
        }
        while (header[4] != 0x8a);
    }

    private static long UsageOf(TestServer server, string id) => server.Runtime.Cgroups.Parents
        .Select(parent => CgroupFile.TryReadNumber($"{parent}/{id}/memory.usage_in_bytes")).FirstOrDefault(value => value is not null) ?? 0;

    private static async Task<double> TimeAsync(Func<Task> what)
    {
        var clock = Stopwatch.StartNew();
        await what();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static string Median(List<double> values)
    {
        values.Sort();
        return $"{values[values.Count / 2]:0} ({values[0]:0})";
    }
}
