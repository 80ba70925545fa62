using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.CloudRun;

/// <summary><c>WS /create</c> of docs/cloud-run.md, message by message.</summary>
[Collection(typeof(OneAtATime))]
public sealed class CreateTests(SharedServer shared)
{
    private const int Deadline = 60_000;

    private Uri Server => shared.Server.Address;

    [Fact(Timeout = Deadline)]
    public async Task A_creation_tells_that_it_goes_on_then_the_id_and_the_token_and_that_it_runs()
    {
        await using var sandbox = await CloudRunSocket.CreateAsync(Server);
        Assert.Matches("^[a-z0-9][a-z0-9-]{0,39}$", sandbox.Id);
        Assert.True(sandbox.Token.Length >= 32);
        await sandbox.SendAsync(new { action = "kill_sandbox" });
        await sandbox.ExpectAsync("SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_DELETED", "SANDBOX_KILLED", "close 1000");
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_option_of_a_creation_is_taken()
    {
        await using var sandbox = await CloudRunSocket.CreateAsync(Server, new
        {
            idle_timeout = 120.5,
            enable_checkpoint = true,
            enable_idle_timeout_auto_checkpoint = true,
            enable_sandbox_handoff = true,
            filesystem_snapshot_name = (string?)null,
            something_newer = new[] { 1 },
        });
        var view = await shared.Http.GetFromJsonAsync<JsonElement>($"/v1/sandboxes/{sandbox.Id}", TestContext.Current.CancellationToken);
        Assert.Equal((120.5, "suspend"), (view.GetProperty("sandbox").GetProperty("idleTimeout").GetDouble(), view.GetProperty("sandbox").GetProperty("onIdle").GetString()));
        await sandbox.SendAsync(new { action = "kill_sandbox" });
        await sandbox.ExpectAsync("SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_DELETED", "SANDBOX_KILLED", "close 1000");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("""{"enable_idle_timeout_auto_checkpoint": true}""")]
    [InlineData("""{"enable_sandbox_handoff": true}""")]
    [InlineData("""{"idle_timeout": 0}""")]
    [InlineData("""{"idle_timeout": -1}""")]
    [InlineData("""{"idle_timeout": 1e300}""")]
    [InlineData("""{"filesystem_snapshot_name": "there-is-none"}""")]
    public async Task A_creation_that_cannot_be_is_an_error_and_closes_with_4000(string configuration)
    {
        await using var socket = await CloudRunSocket.ConnectAsync(Server, "/create");
        await socket.SendRawAsync(configuration);
        await socket.ExpectAsync("SANDBOX_CREATING", "SANDBOX_CREATION_ERROR", "error", "close 4000");
    }

    [Fact(Timeout = Deadline)]
    public async Task What_is_no_configuration_is_an_error_event_and_the_connection_stays()
    {
        await using var socket = await CloudRunSocket.ConnectAsync(Server, "/create");
        foreach (var wrong in new[]
        {
            "", "{", "nothing", "[]", "3", "null", "\"text\"", """{"idle_timeout": "300"}""", """{"enable_checkpoint": 1}""", """{"filesystem_snapshot_name": 7}""",
        })
        {
            await socket.SendRawAsync(wrong);
            await socket.ExpectAsync("error");
        }

        await socket.SendRawAsync(Encoding.UTF8.GetBytes("{}"), WebSocketMessageType.Binary);
        await socket.ExpectAsync("error");
        await socket.SendRawAsync("{}");
        await socket.ExpectAsync("SANDBOX_CREATING", "sandbox_id", "SANDBOX_RUNNING");
        await socket.SendAsync(new { action = "kill_sandbox" });
        await socket.ExpectAsync("SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_DELETED", "SANDBOX_KILLED", "close 1000");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_message_beyond_four_megabytes_closes_the_connection()
    {
        await using var socket = await CloudRunSocket.ConnectAsync(Server, "/create");
        await socket.SendRawAsync(new string(' ', (4 << 20) + 1));
        await socket.ExpectAsync("close 1009");
    }

    [Theory(Timeout = Deadline)]
    [InlineData("/create")]
    [InlineData("/attach/any")]
    public async Task Without_a_websocket_it_is_a_bad_request(string path)
    {
        using var response = await shared.Http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
    }
}
