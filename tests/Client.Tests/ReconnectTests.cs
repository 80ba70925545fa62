using System.Globalization;
using System.Text;
using Sandbox.TestServer;
using Sandboxes.Tests.Server;

namespace Sandboxes.Tests;

public sealed class ReconnectTests(ITestOutputHelper output) : ClientTest
{
    private const int Cuts = 100;

    [Fact(Timeout = 120_000)]
    public async Task Every_line_arrives_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        var (proxy, sandbox) = await ThroughCutsAsync(mostBytes: 20_000);
        var process = Own(await sandbox.SpawnAsync(["lines"], cancellationToken: Cancel));
        var program = Scripted.Processes[process.Id];

        // It goes on writing until the last cut has happened, and a little longer.
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (var after = 0; after < 1000; after += proxy.CutsLeft == 0 ? 1 : 0)
            {
                program.Out.Write(Encoding.UTF8.GetBytes($"line {written++}\n"));
                if (written % 100 == 0) await Task.Delay(1, Cancel);
            }

            program.End();
        }, Cancel);

        using var reader = new StreamReader(process.StandardOutput);
        var expected = 0;
        while (await reader.ReadLineAsync(Cancel) is { } line) Assert.Equal($"line {expected++}", line);
        await writing;
        Assert.Equal(written, expected);
        Assert.Equal(0, proxy.CutsLeft);
        Assert.True((await process.WaitAsync(Cancel)).Success);
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_byte_of_input_is_taken_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        var (proxy, sandbox) = await ThroughCutsAsync(mostBytes: 3_000);
        var process = Own(await sandbox.SpawnAsync(["cat"], new StartOptions { Stdin = true }, Cancel));
        var program = Scripted.Processes[process.Id];
        using var expected = new MemoryStream();
        for (var i = 0; proxy.CutsLeft > 0 || i < 1000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture) + "\n");
            expected.Write(bytes);
            await process.StandardInput.WriteAsync(bytes, Cancel);
        }

        await process.StandardInput.EndAsync(Cancel);
        Assert.Equal(expected.ToArray(), program.In.Bytes);
        Assert.True(program.In.Ended);
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_program_is_started_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        var (proxy, sandbox) = await ThroughCutsAsync(mostBytes: 3_000);
        var ids = new List<string>();
        while (proxy.CutsLeft > 0 || ids.Count < 50) ids.Add((await sandbox.SpawnAsync(["true"], cancellationToken: Cancel)).Id);
        Assert.Equal(ids.Order(StringComparer.Ordinal), Scripted.Processes.Keys.Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_comes_back_is_found_again()
    {
        var world = new ScriptedWorld();
        var first = await ScriptedServer.StartAsync(world: world);
        var address = first.Address;
        var lost = new TaskCompletionSource();
        var connection = new SandboxClientOptions { OnConnection = change => { if (!change.Connected) lost.TrySetResult(); } };
        var sandbox = Own(await Sandbox.CreateAsync(address, connection: connection, cancellationToken: Cancel));
        var process = Own(await sandbox.SpawnAsync(["program"], cancellationToken: Cancel));
        var program = world.Sandboxes[sandbox.Id].OnlyProcess;
        var reading = process.StandardOutput.ReadToEndAsync(Cancel);
        program.Out.Write("before "u8);
        await first.DisposeAsync();
        await lost.Task.WaitAsync(Cancel);
        program.Out.Write("meanwhile "u8);
        Own(await ScriptedServer.StartAsync(address.Port, world));
        program.Out.Write("after"u8);
        program.End();
        Assert.Equal("before meanwhile after", await reading);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_does_not_come_back_is_given_up()
    {
        var world = new ScriptedWorld();
        var first = await ScriptedServer.StartAsync(world: world);
        var connection = new SandboxClientOptions { ReconnectTimeout = TimeSpan.FromMilliseconds(300) };
        var sandbox = Own(await Sandbox.CreateAsync(first.Address, connection: connection, cancellationToken: Cancel));
        var process = Own(await sandbox.SpawnAsync(["program"], cancellationToken: Cancel));
        var reading = process.StandardOutput.ReadToEndAsync(Cancel);
        await first.DisposeAsync();
        await Assert.ThrowsAsync<UnavailableException>(() => reading);
        await Assert.ThrowsAsync<UnavailableException>(() => sandbox.DescribeAsync(Cancel));
    }

    private async Task<(CuttingProxy Proxy, Sandbox Sandbox)> ThroughCutsAsync(int mostBytes)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var proxy = Own(new CuttingProxy(Server.Address, seed, Cuts, mostBytes));
        return (proxy, Own(await Sandbox.AttachAsync(proxy.Address, Box.Id, cancellationToken: Cancel)));
    }
}
