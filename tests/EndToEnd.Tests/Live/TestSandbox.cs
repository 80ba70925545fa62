using System.Text;
using System.Text.Json;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>A sandbox on a real server that goes with its test.</summary>
internal sealed class TestSandbox : IAsyncDisposable
{
    private readonly HubClient _hub;

    private TestSandbox(HubClient hub, JsonElement created) =>
        (_hub, Id, Token, Description) = (hub, created.GetProperty("sandbox").Text("id"), created.Text("token"), created.GetProperty("sandbox"));

    public string Id { get; }

    public string Token { get; }

    /// <summary>As it was when it was created.</summary>
    public JsonElement Description { get; }

    public static async Task<TestSandbox> CreateAsync(HubClient hub, object? request = null) =>
        new(hub, await hub.CallAsync("CreateSandbox", request ?? new { }));

    public Task<JsonElement> StartAsync(
        string processId, string[] argv, bool stdin = false, object? terminal = null, string onFull = "drop_oldest") =>
        _hub.CallAsync("StartProcess", new { sandboxId = Id, processId, argv, stdin, terminal, onFull });

    public Task<JsonElement> PythonAsync(string processId, string code, string onFull = "drop_oldest") =>
        _hub.CallAsync("StartProcess", new { sandboxId = Id, processId, argv = new[] { "python3", "-u", "-c", code }, onFull });

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to stdout.</returns>
    public async Task<string> RunAsync(params string[] argv)
    {
        var processId = Guid.NewGuid().ToString("n");
        await StartAsync(processId, argv);
        return Encoding.UTF8.GetString(await OutputAsync(processId));
    }

    /// <summary>All that a process writes.</summary>
    public async Task<byte[]> OutputAsync(string processId, string channel = "stdout")
    {
        using var bytes = new MemoryStream();
        await foreach (var item in _hub.ReadOutputAsync(Id, processId, channel))
        {
            Assert.NotEqual("gap", item.Type());
            if (item.Type() != "data") continue;
            Assert.Equal(bytes.Length, item.Offset());
            bytes.Write(item.Data());
        }

        return bytes.ToArray();
    }

    /// <summary>How a process ended, once it has.</summary>
    public async Task<JsonElement> ExitAsync(string processId)
    {
        while (true)
        {
            var process = (await _hub.CallAsync("WaitProcess", new { sandboxId = Id, processId })).GetProperty("process");
            if (process.TryGetProperty("exit", out var exit)) return exit;
        }
    }

    public async ValueTask DisposeAsync() => await _hub.DeleteAsync(Id);
}
