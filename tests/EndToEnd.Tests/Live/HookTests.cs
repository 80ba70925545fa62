using System.Text;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>What programs have put into /run/sandbox/hooks.d runs whenever the sandbox goes on from a checkpoint.</summary>
[Collection(typeof(OneAtATime))]
public sealed class HookTests(SharedServer shared)
{
    private const int Deadline = 120_000;

    [Fact(Timeout = Deadline)]
    public async Task They_run_as_the_user_after_a_restore_and_in_a_fork_and_a_failure_is_an_event()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub, new { user = "root" });
        const string install =
            """
            cd /run/sandbox/hooks.d
            printf '#!/bin/sh\necho "$1 $(id -u) $SANDBOX_ID $(test "$SANDBOX_GENERATION" = "$(cat /run/sandbox/generation)" && echo known)"\n' > 10-tell
            printf '#!/bin/sh\nexit 3\n' > 20-fails
            printf '#!/bin/sh\necho behind\n' > 30-behind
            echo 'echo never' > 40-no-program
            chmod +x 10-tell 20-fails 30-behind
            mkfifo 50-fifo && chmod 777 50-fifo
            mkdir 60-directory
            """;
        await sandbox.RunAsync("sh", "-c", install);
        await hub.CallAsync("SuspendSandbox", new { id = sandbox.Id });
        await hub.CallAsync("RestoreSandbox", new { id = sandbox.Id });
        Assert.Equal(1, (await EndAsync(hub, sandbox.Id, "sandbox.hooks.2")).GetProperty("code").GetInt32());
        Assert.Equal($"restore 1000 {sandbox.Id} known\nbehind\n", await ReadAsync(hub, sandbox.Id, "sandbox.hooks.2", "stdout"));
        Assert.Equal("/run/sandbox/hooks.d/20-fails: exit code 3\n", await ReadAsync(hub, sandbox.Id, "sandbox.hooks.2", "stderr"));
        var failed = await HookFailedAsync(hub, sandbox.Id);
        Assert.Equal(("sandbox.hooks.2", 1), (failed.Text("processId"), failed.GetProperty("exit").GetProperty("code").GetInt32()));

        await sandbox.RunAsync("rm", "/run/sandbox/hooks.d/20-fails");
        var fork = (await hub.CallAsync("ForkSandbox", new { id = sandbox.Id })).GetProperty("sandboxes")[0].GetProperty("sandbox").Text("id");
        Assert.Equal(0, (await EndAsync(hub, fork, "sandbox.hooks.1")).GetProperty("code").GetInt32());
        Assert.Equal($"fork 1000 {fork} known\nbehind\n", await ReadAsync(hub, fork, "sandbox.hooks.1", "stdout"));
        await hub.DeleteAsync(fork);
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_never_ends_holds_up_nobody_and_a_sandbox_without_any_has_no_process_for_them()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await hub.CallAsync("SuspendSandbox", new { id = sandbox.Id });
        await hub.CallAsync("RestoreSandbox", new { id = sandbox.Id });
        Assert.Equal("still there\n", await sandbox.RunAsync("echo", "still there"));
        Assert.Equal(1, (await hub.CallAsync("ListProcesses", new { sandboxId = sandbox.Id })).GetProperty("processes").GetArrayLength());

        await sandbox.RunAsync("sh", "-c", "printf '#!/bin/sh\nsleep 1000 & sleep 1000\n' > /run/sandbox/hooks.d/sleeps; chmod +x /run/sandbox/hooks.d/sleeps");
        await hub.CallAsync("SuspendSandbox", new { id = sandbox.Id });
        Assert.Equal("awake\n", await sandbox.RunAsync("echo", "awake"));
        await sandbox.RunAsync("sh", "-c", "until pgrep -x sleep; do sleep 0.05; done");
        await hub.CallAsync("KillProcess", new { sandboxId = sandbox.Id, processId = "sandbox.hooks.3" });
        Assert.Equal("killed", (await HookFailedAsync(hub, sandbox.Id)).GetProperty("exit").Text("reason"));
        Assert.Equal("0\n", await sandbox.RunAsync("sh", "-c", "while pgrep -x sleep > /dev/null; do :; done; echo 0"));
    }

    private static async Task<JsonElement> EndAsync(HubClient hub, string sandboxId, string processId)
    {
        while (true)
        {
            var processes = (await hub.CallAsync("ListProcesses", new { sandboxId })).GetProperty("processes").EnumerateArray();
            foreach (var process in processes.Where(process => process.Text("id") == processId))
            {
                if (process.TryGetProperty("exit", out var exit)) return exit;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> ReadAsync(HubClient hub, string sandboxId, string processId, string channel)
    {
        using var bytes = new MemoryStream();
        await foreach (var item in hub.ReadOutputAsync(sandboxId, processId, channel))
        {
            if (item.Type() == "data") bytes.Write(item.Data());
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static async Task<JsonElement> HookFailedAsync(HubClient hub, string sandboxId)
    {
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId, follow = true }))
        {
            if (happened.Type() == "hook_failed") return happened;
        }

        throw new InvalidOperationException("The events have ended.");
    }
}
