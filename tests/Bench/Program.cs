using System.Globalization;
using System.Text;
using Sandbox.Bench;
using Sandbox.TestServer;

// Everything side by side in one run on this machine; the README quotes these tables.
// Arguments: --rounds N, and which of one-offs, sustained, live (latency, output, memory), sleep (sleeping, fork, listing), files, snapshots, starts; none is all.
var rounds = args is ["--rounds", var given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 30;
var wanted = args is ["--rounds", _, .. var words] ? words : args;
var platform = Environment.GetEnvironmentVariable("SANDBOX_BENCH_PLATFORM") ?? "ptrace";
using var baseline = new Baseline(platform);

if (Wants("one-offs")) await LatencyAsync();
if (Wants("sustained")) await SustainedAsync();
if (Wants("latency") || Wants("output") || Wants("memory")) await LiveAsync();
if (Wants("sleeping") || Wants("fork")) await SleepAsync();
if (Wants("files")) await FilesAsync();
if (Wants("snapshots")) await SnapshotsAsync();
if (Wants("starts")) await StartRows.PrintAsync(platform, rounds);
if (Wants("listing")) await ManyAsleep.PrintAsync(platform, rounds);
return 0;

bool Wants(string part) =>
    wanted.Length == 0 || wanted.Contains(part) || (wanted.Contains("live") && (part is "latency" or "output" or "memory"))
    || (wanted.Contains("sleep") && (part is "sleeping" or "fork" or "listing"));

async Task LiveAsync()
{
    await using var live = await LiveRows.StartAsync(platform);
    if (Wants("latency")) await live.LatencyAsync(rounds);
    if (Wants("output")) await live.OutputAsync(megabytes: 200, Math.Max(3, rounds / 6));
    if (Wants("memory")) await live.MemoryAsync();
}

async Task SleepAsync()
{
    await using var sleep = await SleepRows.StartAsync(platform);
    if (Wants("sleeping")) await sleep.LatencyAsync(rounds);
    if (Wants("fork")) await sleep.ForkAsync(Math.Max(3, rounds / 3));
}

async Task FilesAsync()
{
    await using var files = await FileRows.StartAsync(platform, megabytes: 200);
    await files.PrintAsync(Math.Max(3, rounds / 6));
}

async Task SnapshotsAsync()
{
    await using var snapshots = await SnapshotRows.StartAsync(platform);
    await snapshots.PrintAsync(Math.Max(3, rounds / 6));
}

async Task LatencyAsync()
{
    await using var warm = await SandboxServer.StartAsync("--Runsc:Platform", platform);
    await using var empty = await SandboxServer.StartAsync("--Runsc:Platform", platform, "--Pool:Size", "0");
    await WarmUpAsync(warm);
    await WarmUpAsync(empty);
    var samples = await Sample.InTurnAsync(
        rounds, Baseline.BarePythonAsync, Baseline.BubblewrapAsync, baseline.RunscRunAsync, () => ExecuteAsync(warm), () => ExecuteAsync(empty));

    Console.WriteLine($"\nOne Python one-off that prints 1, medians of {rounds} rounds, {platform} platform\n");
    Console.WriteLine("| what | median ms | p95 ms | to bare python3 |");
    Console.WriteLine("|---|---:|---:|---:|");
    string[] names = ["bare `python3 -c` on the host", "bubblewrap", "`runsc run` cold", "POST /execute, warm pool", "POST /execute, pool empty"];
    foreach (var (name, sample) in names.Zip(samples))
        Console.WriteLine($"| {name} | {sample.Median:0.0} | {sample.At(0.95):0.0} | {sample.Median / samples[0].Median:0.00}x |");
}

async Task SustainedAsync()
{
    await using var server = await SandboxServer.StartAsync("--Runsc:Platform", platform);
    await WarmUpAsync(server);
    var length = TimeSpan.FromSeconds(rounds);
    Console.WriteLine($"\nSustained for {length.TotalSeconds} s each\n");
    Console.WriteLine("| what | clients | per second | p50 ms | p99 ms | errors |");
    Console.WriteLine("|---|---:|---:|---:|---:|---:|");
    foreach (var clients in new[] { 1, 2, 4 })
        Row("loop of `runsc run`", await Load.RunAsync(clients, length, baseline.RunscRunAsync));
    Row("loop of `runsc run` and `runsc delete`", await Load.RunAsync(4, length, baseline.RunscRunAndDeleteAsync));
    foreach (var clients in new[] { 1, 4, 16 })
        Row("POST /execute", await Load.RunAsync(clients, length, () => ExecuteAsync(server)));
}

static void Row(string name, Load load) => Console.WriteLine(
    $"| {name} | {load.Clients} | {load.PerSecond:0.0} | {load.Latency.Median:0} | {load.Latency.At(0.99):0} | {load.Errors} |");

// A server that has run for a while has compiled its code; what it costs in its first seconds is not what is asked here.
static async Task WarmUpAsync(SandboxServer server) => await Load.RunAsync(clients: 2, TimeSpan.FromSeconds(10), () => ExecuteAsync(server));

static async Task ExecuteAsync(SandboxServer server)
{
    using var content = new StringContent("print(1)", Encoding.UTF8, "text/plain");
    using var response = await server.Http.PostAsync("/execute?language=python", content);
    response.EnsureSuccessStatusCode();
    var text = await response.Content.ReadAsStringAsync();
    if (text != "1\n") throw new HttpRequestException($"Unexpected output: {text}");
}
