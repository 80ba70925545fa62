using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.CloudRun;

/// <summary>A sandbox whose client comes to another server on the same store, and to one that was stopped and started again.</summary>
public sealed class HandoffTests
{
    private const int Deadline = 240_000;
    private const string Counting = "import time\nfor i in range(400):\n    print(f'{i:03}', flush=True)\n    time.sleep(0.05)";

    [Fact(Timeout = Deadline)]
    public async Task An_attach_elsewhere_takes_the_sandbox_over_with_its_program_and_nothing_is_lost_or_comes_twice()
    {
        await using var store = new SharedStore();
        await using var one = await store.StartAsync(store.One);
        await using var two = await store.StartAsync(store.Two);
        await using var made = await CloudRunSocket.CreateAsync(one.Address, new { enable_checkpoint = true, enable_sandbox_handoff = true });
        await made.SendAsync(new { language = "python", code = Counting });
        await made.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        var written = await made.UntilAsync("020");

        await using var taker = await CloudRunSocket.AttachAsync(two.Address, made.Id, made.Token);
        var told = new List<string>();
        while (told.LastOrDefault()?.StartsWith("close", StringComparison.Ordinal) is not true)
        {
            var next = await made.NextAsync();
            if (next.StartsWith("stdout: ", StringComparison.Ordinal)) written += CloudRunSocket.Written(next);
            else told.Add(next);
        }

        Assert.Equal(["SANDBOX_LOCK_RELEASE_REQUESTED", "SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINTED", "close 1000"], told);
        await taker.ExpectAsync("SANDBOX_LOCK_ACQUIRING", "SANDBOX_LOCK_ACQUIRED", "SANDBOX_RESTORING", "SANDBOX_RUNNING");
        await taker.SendAsync(new { action = "reconnect" });

        // The sandbox may have left in the middle of a line.
        written += (await taker.OutputAsync()).Stdout;
        Assert.Equal(Enumerable.Range(0, 400).Select(i => $"{i:000}"), written.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await taker.SendAsync(new { action = "kill_sandbox" });
        await taker.ExpectAsync("SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_DELETED", "SANDBOX_KILLED", "close 1000");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_client_is_let_go_when_the_server_stops_and_finds_its_sandbox_with_the_next_one()
    {
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            CloudRunSocket made;
            await using (var server = await SandboxServer.StartOnAsync(data, "--Pool:Size", "0", "--Pool:Created", "0"))
            {
                made = await CloudRunSocket.CreateAsync(server.Address, new { enable_checkpoint = true });
                await made.RunAsync("bash", "echo kept > file");
                var stopping = server.StopAsync();
                await made.ExpectAsync("close 1001");
                await stopping;
            }

            await using (made)
            await using (var next = await SandboxServer.StartOnAsync(data, "--Pool:Size", "0", "--Pool:Created", "0"))
            await using (var back = await CloudRunSocket.AttachAsync(next.Address, made.Id, made.Token))
            {
                await back.ExpectAsync("SANDBOX_RESTORING", "SANDBOX_RUNNING");
                Assert.Equal("kept\n", (await back.RunAsync("bash", "cat file")).Stdout);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
