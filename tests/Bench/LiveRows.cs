using System.Diagnostics;
using Sandbox.TestServer;
using Sandboxes;

namespace Sandbox.Bench;

/// <summary>Sandboxes that stay, through the hub and the .NET client, beside <c>runsc exec</c> into a container of the same files.</summary>
internal sealed class LiveRows(string platform, SandboxServer server, SandboxClient client, RunscContainer plain) : IAsyncDisposable
{
    private static readonly CreateOptions _any = new();

    public static async Task<LiveRows> StartAsync(string platform)
    {
        var server = await SandboxServer.StartAsync("--Runsc:Platform", platform);
        return new LiveRows(platform, server, await SandboxClient.ConnectAsync(server.Address), await RunscContainer.StartAsync(platform));
    }

    public async Task LatencyAsync(int rounds)
    {
        await using var sandbox = await client.CreateAsync(_any);
        await WarmUpAsync(sandbox);
        var (created, begun) = (new List<double>(), new List<double>());
        for (var round = -3; round < rounds; round++)
        {
            await Task.Delay(700);
            var ours = await CreateAsync();
            await Task.Delay(700);
            var theirs = await FreshAsync(round);
            if (round < 0) continue;
            created.Add(ours);
            begun.Add(theirs);
        }

        var trues = await Sample.InTurnAsync(
            rounds,
            () => TrueAsync(sandbox),
            () => plain.RunAsync("/bin/true"));
        var pipes = await EchoAsync(rounds * 10, sandbox, terminal: false);
        var terminals = await EchoAsync(rounds * 10, sandbox, terminal: true);

        Console.WriteLine($"\nA sandbox that stays, over the hub, medians of {rounds} rounds ({rounds * 10} keys), {platform} platform\n");
        Console.WriteLine("| what | median ms | p95 ms | plain runsc | median ms | p95 ms | ratio |");
        Console.WriteLine("|---|---:|---:|---|---:|---:|---:|");
        Row("create to first output", Sample.Of(created), "`runsc run` to first output", Sample.Of(begun));
        Row("`true`, start to exit", trues[0], "`runsc exec`", trues[1]);
        Row("a byte through `cat`", pipes[0], "`runsc exec`", pipes[1]);
        Row("a key through a terminal", terminals[0], "`runsc exec --tty`", terminals[1]);
    }

    public async Task OutputAsync(long megabytes, int rounds)
    {
        await using var sandbox = await client.CreateAsync(_any);
        Console.WriteLine($"\nOutput of one program, {megabytes} MB, medians of {rounds} rounds; processor seconds a GB, over the hub\n");
        Console.WriteLine("| program | hub to .NET client MB/s | HTTP MB/s | `runsc exec` MB/s | hub to `runsc exec` | sandbox s/GB | server s/GB | client s/GB |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var flood in Flood.All(megabytes))
        {
            var (hub, http, exec) = (new List<double>(), new List<double>(), new List<double>());
            var cost = Cost.Nothing;
            for (var round = -1; round < rounds; round++)
            {
                var before = await Cost.ReadAsync(sandbox, server);
                var overHub = await OverHubAsync(flood, sandbox);
                var spent = await Cost.ReadAsync(sandbox, server) - before;
                var (overHttp, overExec) = (await OverHttpAsync(flood, sandbox), await OverExecAsync(flood));
                if (round < 0) continue;
                cost += spent;
                hub.Add(overHub);
                http.Add(overHttp);
                exec.Add(overExec);
            }

            cost /= flood.Bytes / 1e9 * rounds;
            var medians = (Hub: Sample.Of(hub).Median, Http: Sample.Of(http).Median, Exec: Sample.Of(exec).Median);
            Console.WriteLine(
                $"| {flood.Name} | {medians.Hub:0} | {medians.Http:0} | {medians.Exec:0} | {medians.Hub / medians.Exec:0.00}x "
                + $"| {cost.Sandbox:0.0} | {cost.Server:0.0} | {cost.Client:0.0} |");
        }
    }

    public async Task MemoryAsync()
    {
        await using var alone = await SandboxServer.StartAsync("--Runsc:Platform", platform, "--Pool:Size", "0", "--Pool:Created", "0");
        await using var connection = await SandboxClient.ConnectAsync(alone.Address);
        await using var sandbox = await connection.CreateAsync(_any);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var stats = await sandbox.GetStatsAsync();
        var (ours, theirs) = (ProcessMemory.Of(alone.DataDirectory, alone.ProcessId), ProcessMemory.Of(plain.Mark, except: 0));
        Console.WriteLine($"\nIdle: a sandbox takes {ours:0.0} MB (its cgroup says {stats.MemoryBytes / 1e6:0.0}), a plain runsc container {theirs:0.0} MB; {ours / theirs:0.00}x");
    }

    public async ValueTask DisposeAsync()
    {
        await plain.DisposeAsync();
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private static void Row(string name, Sample ours, string other, Sample theirs) => Console.WriteLine(
        $"| {name} | {ours.Median:0.0} | {ours.At(0.95):0.0} | {other} | {theirs.Median:0.0} | {theirs.At(0.95):0.0} | {ours.Median / theirs.Median:0.00}x |");

    /// <summary>A server that has run for a while has compiled its code; what it costs in its first seconds is not what is asked here.</summary>
    private async Task WarmUpAsync(global::Sandboxes.Sandbox sandbox)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10); await CreateAsync())
        {
            for (var i = 0; i < 10; i++) await TrueAsync(sandbox);
        }
    }

    private static async Task TrueAsync(global::Sandboxes.Sandbox sandbox) => await (await sandbox.SpawnAsync(["/bin/true"])).WaitAsync();

    private async Task<double> CreateAsync()
    {
        var began = Stopwatch.GetTimestamp();
        var sandbox = await client.CreateAsync(_any);
        await using var process = await sandbox.SpawnAsync(["/bin/echo", "out"]);
        if (await process.StandardOutput.ReadAsync(new byte[16]) == 0) throw new InvalidOperationException("Nothing came out.");
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await sandbox.DeleteAsync();
        return elapsed;
    }

    private async Task<double> FreshAsync(int round)
    {
        var began = Stopwatch.GetTimestamp();
        var end = await plain.RunFreshAsync($"bench-fresh-{Environment.ProcessId}-{round + 3}");
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await end();
        return elapsed;
    }

    private async Task<Sample[]> EchoAsync(int keys, global::Sandboxes.Sandbox sandbox, bool terminal)
    {
        var program = terminal ? Echo.RawCat : Echo.Cat;
        var process = await sandbox.SpawnAsync(program, new StartOptions { Stdin = !terminal, Terminal = terminal ? new TerminalOptions() : null });
        await using var ours = Echo.Of(process, terminal ? process.Terminal : process.StandardOutput);
        await using var theirs = Echo.Of(terminal ? plain.ExecInTerminal(program) : plain.Exec(program));
        await ours.SettleAsync();
        await theirs.SettleAsync();
        return await Echo.InTurnAsync(keys, ours, theirs);
    }

    private static async Task<double> OverHubAsync(Flood flood, global::Sandboxes.Sandbox sandbox)
    {
        await using var process = await sandbox.SpawnAsync(flood.Program, new StartOptions { OnFull = FullLogPolicy.Block });
        return await flood.DrainAsync(process.StandardOutput);
    }

    private async Task<double> OverHttpAsync(Flood flood, global::Sandboxes.Sandbox sandbox)
    {
        await using var process = await sandbox.SpawnAsync(flood.Program, new StartOptions { OnFull = FullLogPolicy.Block });
        await using var output = await server.Http.GetStreamAsync($"/v1/sandboxes/{sandbox.Id}/processes/{process.Id}/output?channel=stdout&offset=0");
        return await flood.DrainAsync(output);
    }

    private async Task<double> OverExecAsync(Flood flood)
    {
        using var process = plain.Exec(flood.Program);
        var rate = await flood.DrainAsync(process.StandardOutput.BaseStream);
        await process.WaitForExitAsync();
        return rate;
    }
}
