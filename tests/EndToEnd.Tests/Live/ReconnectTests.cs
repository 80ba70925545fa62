using System.Text;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>What docs/hub.md promises to clients that lose their connection, by a client that does no more than it says.</summary>
[Collection(typeof(OneAtATime))]
public sealed class ReconnectTests(SharedServer shared, ITestOutputHelper output)
{
    private const int Deadline = 180_000;
    private const int Cuts = 100;

    [Fact(Timeout = Deadline)]
    public async Task Every_line_comes_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        await using var direct = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(direct);
        await sandbox.PythonAsync("lines", """
            import os, time
            i = 0
            while not os.path.exists('/tmp/stop'):
                print(''.join(f'line {j}\n' for j in range(i, i + 20)), end='')
                i += 20
                time.sleep(0.001)
            """);
        await using var proxy = Proxy(mostBytes: 20_000);
        using var received = new MemoryStream();
        var (ended, stopping) = (false, (Task<string>?)null);
        while (!ended)
        {
            try
            {
                await using var hub = await HubClient.ConnectAsync(proxy.Address);
                await foreach (var item in hub.ReadOutputAsync(sandbox.Id, "lines", offset: received.Length))
                {
                    Assert.Equal(received.Length, item.Offset());
                    if (item.Type() == "data") received.Write(item.Data());
                    else Assert.Equal(("end", true), (item.Type(), ended = item.GetProperty("ended").GetBoolean()));
                    if (proxy.CutsLeft == 0) stopping ??= sandbox.RunAsync("touch", "/tmp/stop");
                }
            }
            catch (Exception e) when (HubClient.IsLoss(e))
            {
                // Cut: go on at the byte behind the last one.
            }
        }

        await stopping!;
        var lines = Encoding.UTF8.GetString(received.ToArray()).Split('\n');
        output.WriteLine($"{lines.Length - 1} lines");
        Assert.Equal("", lines[^1]);
        Assert.Equal(Enumerable.Range(0, lines.Length - 1).Select(i => $"line {i}"), lines[..^1]);
        Assert.Equal(0, proxy.CutsLeft);
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_byte_that_is_typed_is_taken_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        await using var direct = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(direct);
        await sandbox.StartAsync("cat", ["cat"], stdin: true);
        await using var proxy = Proxy(mostBytes: 2_000);
        using var typed = new MemoryStream();
        for (var i = 0; proxy.CutsLeft > 0; i++)
        {
            var data = Encoding.UTF8.GetBytes($"{i}\n");
            var offset = typed.Length;
            var answer = await ThroughCutsAsync(hub => hub.CallAsync("WriteInput", new { sandboxId = sandbox.Id, processId = "cat", offset, data }), proxy);
            typed.Write(data);
            Assert.Equal(typed.Length, answer.Offset());
        }

        await direct.CallAsync("EndInput", new { sandboxId = sandbox.Id, processId = "cat", offset = typed.Length });
        Assert.Equal(typed.ToArray(), await sandbox.OutputAsync("cat"));
        output.WriteLine($"{typed.Length} bytes");
        await CloseAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_program_runs_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        await using var direct = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(direct);
        await using var proxy = Proxy(mostBytes: 2_000);
        var (epoch, timeline) = (sandbox.Description.GetProperty("epoch").GetInt64(), sandbox.Description.GetProperty("timeline").GetInt64());
        var (started, known) = (0, 0);
        for (; proxy.CutsLeft > 0; started++)
        {
            var processId = $"p{started}";
            var argv = new[] { "sh", "-c", $"echo {processId} >> /tmp/started" };
            var answer = await ThroughCutsAsync(hub => hub.CallAsync("StartProcess", new { sandboxId = sandbox.Id, processId, argv, epoch, timeline }), proxy);
            if (answer.GetProperty("known").GetBoolean()) known++;
            Assert.Equal(0, (await sandbox.ExitAsync(processId)).GetProperty("code").GetInt32());
        }

        output.WriteLine($"{started} programs, {known} of them asked for again");
        Assert.Equal(Enumerable.Range(0, started).Select(i => $"p{i}\n"), (await sandbox.RunAsync("cat", "/tmp/started")).Split('\n')[..^1].Select(line => line + "\n"));
        Assert.InRange(known, 1, started);
        await CloseAsync();
    }

    private HubClient? _hub;

    private async Task<T> ThroughCutsAsync<T>(Func<HubClient, Task<T>> call, CuttingProxy proxy)
    {
        while (true)
        {
            try
            {
                _hub ??= await HubClient.ConnectAsync(proxy.Address);
                return await call(_hub);
            }
            catch (Exception e) when (HubClient.IsLoss(e))
            {
                // Cut before the answer: whether it was done is not known, so it is asked for again.
                await CloseAsync();
            }
        }
    }

    private async Task CloseAsync()
    {
        if (_hub is not null) await _hub.DisposeAsync();
        _hub = null;
    }

    private CuttingProxy Proxy(int mostBytes)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new CuttingProxy(shared.Server.Address, seed, Cuts, mostBytes);
    }
}
