using System.Diagnostics;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>What clients wait for, without a client. Explicit, since it measures and proves nothing; run it with <c>-explicit only -showLiveOutput</c>.</summary>
[Collection("runsc")]
public sealed class LiveFigures(TestBinaries binaries, LiveTemplate template)
{
    private const int Runs = 20;
    private const long Bytes = 200_000_000;

    private static readonly (string Name, string Script)[] _programs =
    [
        ("head, 8 KB writes", $"head -c {Bytes} /dev/zero"),
        ("dd, 64 KB writes", $"dd if=/dev/zero bs=50000 count={Bytes / 50_000} status=none"),
        ("dd, 1 MB writes", $"dd if=/dev/zero bs=1000000 count={Bytes / 1_000_000} status=none"),
    ];

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact(Explicit = true, Timeout = 300_000)]
    public async Task Measure_what_clients_wait_for()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 2, Created = 0 });
        _ = host.Pool.FillAsync();
        List<double> create = [], round = [], echo = [];
        for (var i = 0; i < Runs; i++)
        {
            await UntilAsync(() => host.Pool.Ready == 2);
            var clock = Stopwatch.StartNew();
            var created = await host.CreateAsync($"owner/{i}");
            await (await created.StartAsync(Shell("first", "echo out"))).UntilAsync("out");
            create.Add(clock.Elapsed.TotalMilliseconds);

            clock.Restart();
            await (await created.StartAsync(new ProcessSpec { Id = "true", Arguments = ["/bin/true"] })).Ended.WaitAsync(Test);
            round.Add(clock.Elapsed.TotalMilliseconds);

            var cat = await created.StartAsync(new ProcessSpec { Id = "cat", Arguments = ["/bin/cat"], Stdin = true });
            await cat.TypeAsync(0, "a");
            await cat.UntilAsync("a");
            clock.Restart();
            await cat.TypeAsync(1, "b");
            await cat.UntilAsync("ab");
            echo.Add(clock.Elapsed.TotalMilliseconds);
            await created.DisposeAsync();
        }

        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"medians of {Runs}, ms: create to first output {Median(create):0.0}, true {Median(round):0.0}, echo {Median(echo):0.00}");
    }

    [LiveFact(Explicit = true, Timeout = 300_000)]
    public async Task Measure_output()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var output = TestContext.Current.TestOutputHelper!;
        var sandbox = await host.CreateAsync("owner/much");
        for (var turn = 0; turn < 4; turn++)
        {
            foreach (var (name, script) in _programs)
            {
                var (guest, here) = ((await sandbox.ReadStatsAsync(Test)).Cpu!.Value, Environment.CpuUsage.TotalTime);
                var rate = await ThroughputAsync(sandbox, $"{turn}.{script.Length}", script);
                (guest, here) = ((await sandbox.ReadStatsAsync(Test)).Cpu!.Value - guest, Environment.CpuUsage.TotalTime - here);
                output.WriteLine(
                    $"{name}: through its log {rate:0} MB/s, {guest.TotalSeconds / Bytes * 1e9:0.0} s a GB in the sandbox, "
                    + $"{here.TotalSeconds / Bytes * 1e9:0.0} s here; {await LinkAloneAsync(host, script)}");
            }
        }
    }

    private static async Task<string> LinkAloneAsync(LiveHost host, string script)
    {
        var rental = (Rental<StartedSandbox>.Granted)await host.Pool.RentAsync(Test);
        var start = ProgramStart.For(LiveHost.Spec, Shell("much", script), attempt: 1);
        var process = (await rental.Sandbox.Link.StartAsync(start, Test)).Process!;
        var clock = Stopwatch.StartNew();
        var (length, chunks) = (0L, 0);
        await foreach (var chunk in process.ReadChannelAsync(LinkChannel.Stdout, Test)) (length, chunks) = (length + chunk.Data.Length, chunks + 1);
        var rate = length / clock.Elapsed.TotalSeconds / 1e6;
        host.Pool.Retire(rental.Sandbox);
        return $"of the link alone {rate:0} MB/s, in pieces of {length / chunks:0} bytes";
    }

    private static async Task<double> ThroughputAsync(ILiveSandbox sandbox, string id, string script)
    {
        var clock = Stopwatch.StartNew();
        var process = await sandbox.StartAsync(Shell(id, script) with { OnFull = FullLogPolicy.Block });
        var length = 0L;
        await foreach (var item in process.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(null, 0), follow: true, Test))
        {
            if (item is not OutputData data) continue;
            length += data.Data.Length;
            process.Acknowledge(ProcessChannel.Stdout, length);
        }

        Assert.Equal(Bytes, length);
        return Bytes / clock.Elapsed.TotalSeconds / 1e6;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
