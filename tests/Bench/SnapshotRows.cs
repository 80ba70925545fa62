using System.Diagnostics;
using Sandbox.TestServer;
using Sandboxes;

namespace Sandbox.Bench;

/// <summary>Snapshots, and sandboxes from them, beside <c>tar</c> and <c>cp</c> of the same files on the host.</summary>
internal sealed class SnapshotRows(SandboxServer server, SandboxClient client) : IAsyncDisposable
{
    private const int Megabytes = 100;
    private const int Layers = 5;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(1_500);

    public static async Task<SnapshotRows> StartAsync(string platform)
    {
        var server = await SandboxServer.StartAsync("--Runsc:Platform", platform);
        return new SnapshotRows(server, await SandboxClient.ConnectAsync(server.Address));
    }

    public async Task PrintAsync(int rounds)
    {
        using var host = new HostFiles(Megabytes);
        await TakingAsync(host, rounds);
        await CreatingAsync(rounds);
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private async Task TakingAsync(HostFiles host, int rounds)
    {
        var (take, first, soon) = (new List<double>(), new List<double>(), new List<double>());
        var (pack, unpack, copy) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var taken = await TakeAsync("large", host, round);
            var made = await CreateAsync("large");
            await TakeAsync("large", host, rounds + round);
            var atOnce = await CreateAsync("large", TimeSpan.Zero);
            var (packed, unpacked, copied) = (await TimeAsync(host.PackCompressedAsync), await TimeAsync(host.UnpackCompressedAsync), await TimeAsync(host.CopyDirectoryAsync));
            if (round < 0) continue;
            take.Add(taken);
            first.Add(made);
            soon.Add(atOnce);
            pack.Add(packed);
            unpack.Add(unpacked);
            copy.Add(copied);
        }

        Console.WriteLine($"\nSnapshots of {Megabytes} MB in {host.Count} files, medians of {rounds} rounds\n");
        Console.WriteLine("| what | ms | p95 |");
        Console.WriteLine("|---|---:|---:|");
        Row("a snapshot", take);
        Row("`tar` and `zstd -1` on the host", pack);
        Row("the first sandbox from it, to its first output", first);
        Row("the same, asked for as soon as the snapshot is there", soon);
        Row("`zstd` and `tar` unpacking on the host", unpack);
        Row("`cp -a` on the host", copy);
    }

    private async Task CreatingAsync(int rounds)
    {
        for (var layer = 1; layer <= Layers; layer++) await AddLayerAsync(layer);
        string?[] names = [null, "large", "deep"];
        var times = names.Select(_ => new List<double>()).ToArray();
        for (var round = -3; round < rounds * 5; round++)
        {
            for (var i = 0; i < names.Length; i++)
            {
                var time = await CreateAsync(names[i]);
                if (round >= 0) times[i].Add(time);
            }
        }

        Console.WriteLine($"\nCreating a sandbox, to its first output, medians of {rounds * 5} rounds\n");
        Console.WriteLine("| from | ms | p95 |");
        Console.WriteLine("|---|---:|---:|");
        Row("the base template", times[0]);
        Row($"a snapshot of {Megabytes} MB", times[1]);
        Row($"a snapshot of {Layers} layers, {Layers * Megabytes / 5} MB", times[2]);
    }

    /// <summary>A snapshot whose content no other one has, and how long taking it took.</summary>
    private async Task<double> TakeAsync(string name, HostFiles host, int round)
    {
        await using var sandbox = await client.CreateAsync(new CreateOptions { DiskBytes = 3L * Megabytes << 20, MemoryBytes = 600 << 20 });
        await using (var archive = File.OpenRead(host.Archive)) await sandbox.Files.UnpackAsync("/home/user/directory", archive);
        await sandbox.Files.WriteAsync("/home/user/round", $"{round}");
        var time = await TimeAsync(() => sandbox.SnapshotAsync(name, overwrite: true));
        await sandbox.DeleteAsync();
        return time;
    }

    private async Task AddLayerAsync(int layer)
    {
        await using var sandbox = await client.CreateAsync(new CreateOptions { Snapshot = layer == 1 ? null : $"layer-{layer - 1}" });
        await sandbox.Files.WriteAsync($"/home/user/{layer}", HostFiles.Content(new Random(layer), Megabytes / 5 * 1_000_000, text: layer % 2 == 0));
        await sandbox.SnapshotAsync(layer == Layers ? "deep" : $"layer-{layer}");
        await sandbox.DeleteAsync();
    }

    private async Task<double> CreateAsync(string? snapshot, TimeSpan? pause = null)
    {
        global::Sandboxes.Sandbox? sandbox = null;
        var time = await TimeAsync(async () =>
        {
            sandbox = await client.CreateAsync(new CreateOptions { Snapshot = snapshot });
            await using var process = await sandbox.SpawnAsync(["/bin/echo", "out"]);
            if (await process.StandardOutput.ReadAsync(new byte[16]) == 0) throw new InvalidOperationException("Nothing came out.");
        }, pause);
        await sandbox!.DeleteAsync();
        await sandbox.DisposeAsync();
        return time;
    }

    private static async Task<double> TimeAsync(Func<Task> act, TimeSpan? pause = null)
    {
        // What is kept ready is made anew meanwhile.
        await Task.Delay(pause ?? _pause);
        var began = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Row(string name, List<double> times) => Console.WriteLine($"| {name} | {Sample.Of(times).Median:0} | {Sample.Of(times).At(0.95):0} |");
}
