using System.Net;
using System.Net.WebSockets;
using Sandbox.Gateway.Tests.Access;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Gateway.Tests.Live;
using Sandbox.Grains.Sandboxes;
using Sandbox.TestServer;

namespace Sandbox.Gateway.Tests.CloudRun;

/// <summary>The WebSockets of Cloud Run Sandbox where the host below fails, and who may connect.</summary>
public sealed class SocketTests(SharedGateway shared)
{
    private const int Deadline = 60_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private GatewayServer Server => shared.Server;

    [Fact(Timeout = Deadline)]
    public async Task A_checkpoint_that_fails_is_an_error_and_closes_with_4000_and_the_sandbox_goes_on()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server.Address, new { enable_checkpoint = true });
        Live(made).CheckpointFailure = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The disk is full." };
        await made.SendAsync(new { action = "checkpoint" });
        await made.ExpectAsync("SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINT_ERROR", "error", "close 4000");
        await using var back = await CloudRunSocket.AttachAsync(Server.Address, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RUNNING");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_checkpoint_that_cannot_be_restored_is_an_error_and_closes_with_4000_and_nobody_keeps_the_place()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server.Address, new { enable_checkpoint = true });
        await made.SendAsync(new { action = "checkpoint" });
        await made.ExpectAsync("SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINTED", "close 1000");
        Server.Host.Refusals[$"default/{made.Id}"] = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "The checkpoint is broken." };
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await using var broken = await CloudRunSocket.AttachAsync(Server.Address, made.Id, made.Token);
            await broken.ExpectAsync("SANDBOX_RESTORING", "SANDBOX_RESTORE_ERROR", "error", "close 4000");
        }

        // What passes is waited for.
        Server.Host.Refusals[$"default/{made.Id}"] = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The store does not answer." };
        await using var back = await CloudRunSocket.AttachAsync(Server.Address, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RESTORING");
        Server.Host.Refusals.TryRemove($"default/{made.Id}", out _);
        await back.ExpectAsync("SANDBOX_RUNNING");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_that_cannot_be_killed_is_an_error_and_the_connection_stays()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server.Address);
        await made.SendAsync(new { language = "python", code = "while True: pass" });
        await made.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        var process = Assert.IsType<LiveProcess>(Assert.Single(Live(made).Processes));
        process.SignalFailure = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The link is gone." };
        await made.SendAsync(new { action = "kill_process" });
        await made.ExpectAsync("SANDBOX_EXECUTION_FORCE_KILL_ERROR", "error");
        await made.SendAsync(new { action = "kill_process" });
        await made.ExpectAsync("SANDBOX_EXECUTION_FORCE_KILLED", "SANDBOX_EXECUTION_DONE");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_cannot_be_removed_at_once_is_an_error_and_goes_as_soon_as_it_can()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server.Address);
        Live(made).RemovalFailure = new IOException("runsc does not answer");
        await made.SendAsync(new { action = "kill_sandbox" });
        await made.ExpectAsync("SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_KILL_ERROR", "error", "SANDBOX_DELETED", "close 1000");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_is_lost_is_an_error_and_closes_with_4000()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server.Address);

        // Its session follows its events from here on.
        await made.SendAsync(new { action = "kill_process" });
        await made.ExpectAsync("SANDBOX_EXECUTION_FORCE_KILLED");
        Live(made).Lose("The container is gone.");
        await made.ExpectAsync("SANDBOX_ERROR", "error", "close 4000");
    }

    [Fact(Timeout = Deadline)]
    public async Task Making_needs_a_key_and_attaching_the_sandboxes_token_alone()
    {
        await using var server = await Owners.StartAsync();
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => CloudRunSocket.ConnectAsync(server.Address, "/create"));
        Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        await using var made = await CloudRunSocket.ConnectAsync(server.Address, "/create", options => options.SetRequestHeader("Authorization", $"Bearer {Owners.AnnKey}"));
        await made.SendAsync(new { });
        await made.ExpectAsync("SANDBOX_CREATING", "sandbox_id", "SANDBOX_RUNNING");
        await made.LeaveAsync();

        // Without a key nobody learns whether there is a sandbox.
        foreach (var id in new[] { made.Id, "there-is-none" })
        {
            await using var denied = await CloudRunSocket.AttachAsync(server.Address, id, "ann.wrongwrongwrongwrongwrongwrongwrong");
            await denied.ExpectAsync("SANDBOX_PERMISSION_DENIAL_ERROR", "error", "close 4000");
        }

        await using (var back = await CloudRunSocket.AttachAsync(server.Address, made.Id, made.Token))
        {
            await back.ExpectAsync("SANDBOX_RUNNING");
            await back.LeaveAsync();
        }

        // Of another owner's sandbox a key knows nothing.
        await using var others = await CloudRunSocket.ConnectAsync(
            server.Address, $"/attach/{made.Id}?sandbox_token=ben.wrong", options => options.SetRequestHeader("Authorization", $"Bearer {Owners.BenKey}"));
        await others.ExpectAsync("SANDBOX_NOT_FOUND", "close 1011");
        Assert.DoesNotContain(made.Token, server.Log.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_affinity_cookie_is_set_once_and_kept()
    {
        var cookies = new CookieContainer();
        await using var made = await CloudRunSocket.ConnectAsync(Server.Address, "/create", options => options.Cookies = cookies);
        var first = Assert.Single(cookies.GetCookies(Server.Address));
        Assert.Equal(("sandbox_affinity", true), (first.Name, first.HttpOnly));
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/list");
        request.Headers.Add("Cookie", $"sandbox_affinity={first.Value}");
        using var kept = await http.SendAsync(request, Cancel);
        Assert.False(kept.Headers.Contains("Set-Cookie"));
        using var other = new HttpRequestMessage(HttpMethod.Get, "/list");
        other.Headers.Add("Cookie", "sandbox_affinity=another");
        using var missed = await http.SendAsync(other, Cancel);
        Assert.Contains(first.Value, Assert.Single(missed.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    private LiveSandbox Live(CloudRunSocket socket) => Server.Host.Live($"default/{socket.Id}");
}
