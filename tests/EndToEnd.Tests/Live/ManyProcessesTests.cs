using System.Text;

namespace Sandbox.EndToEnd.Tests.Live;

[Collection(typeof(OneAtATime))]
public sealed class ManyProcessesTests(SharedServer shared)
{
    private const int Deadline = 180_000;
    private const int Many = 50;

    [Fact(Timeout = Deadline)]
    public async Task Fifty_programs_at_once_have_each_its_own_input_output_and_exit_code()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        // Each waits for its line, so that all of them run at the same time.
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => sandbox.StartAsync(
            $"p{i}", ["sh", "-c", $"read line; echo out-{i}-$line; echo err-{i} >&2; exit {i}"], stdin: true)));
        Assert.Equal(Many, (await hub.CallAsync("SandboxStats", new { id = sandbox.Id })).GetProperty("processes").GetInt32());

        await Task.WhenAll(Enumerable.Range(0, Many).Select(async i =>
        {
            await hub.CallAsync("WriteInput", new { sandboxId = sandbox.Id, processId = $"p{i}", offset = 0, data = Encoding.UTF8.GetBytes($"line{i}\n") });
            var outputs = await Task.WhenAll(sandbox.OutputAsync($"p{i}"), sandbox.OutputAsync($"p{i}", "stderr"));
            Assert.Equal([$"out-{i}-line{i}\n", $"err-{i}\n"], outputs.Select(Encoding.UTF8.GetString));
            var exit = await sandbox.ExitAsync($"p{i}");
            Assert.Equal(("exited", i), (exit.Text("reason"), exit.GetProperty("code").GetInt32()));
        }));
        var listed = (await hub.CallAsync("ListProcesses", new { sandboxId = sandbox.Id })).GetProperty("processes");
        Assert.Equal(
            Enumerable.Range(0, Many).Select(i => $"p{i}").Order(StringComparer.Ordinal),
            listed.EnumerateArray().Select(process => process.Text("id")).Order(StringComparer.Ordinal));
    }
}
