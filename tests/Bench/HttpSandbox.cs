using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>A sandbox with one program, over HTTP.</summary>
internal sealed class HttpSandbox(SandboxServer server, string id) : IAsyncDisposable
{
    private readonly string _path = $"/v1/sandboxes/{id}";
    private Sleeper? _sleeper;
    private long _sent;
    private long _read;

    public static async Task<HttpSandbox> CreateAsync(SandboxServer server, string id)
    {
        await PostAsync(server, "/v1/sandboxes", new { id });
        return new HttpSandbox(server, id);
    }

    public async Task StartAsync(Sleeper sleeper)
    {
        _sleeper = sleeper;
        await PostAsync(server, $"{_path}/processes", new { processId = "p", argv = sleeper.Program, stdin = true });
        await ExpectAsync(Sleeper.Ready);
    }

    public Task SuspendAsync() => PostAsync(server, $"{_path}/suspend", new { });

    /// <summary>Tells the program its line and waits for the answer; wakes it when it sleeps.</summary>
    public async Task AskAsync()
    {
        var line = Encoding.ASCII.GetBytes(_sleeper!.Line);
        await PostAsync(server, $"{_path}/processes/p/input", new { offset = _sent, data = Convert.ToBase64String(line) });
        _sent += line.Length;
        await ExpectAsync(_sleeper.Answer);
    }

    public async Task<HttpSandbox[]> ForkAsync(int count)
    {
        var answer = await PostAsync(server, $"{_path}/fork", new { count });
        return [.. answer.GetProperty("sandboxes").EnumerateArray().Select(fork => new HttpSandbox(server, IdOf(fork)))];
    }

    /// <summary>Sizes of the checkpoints, the oldest first.</summary>
    public async Task<long[]> CheckpointBytesAsync()
    {
        var answer = await server.Http.GetFromJsonAsync<JsonElement>($"{_path}/checkpoints");
        return [.. answer.GetProperty("checkpoints").EnumerateArray().Select(checkpoint => checkpoint.GetProperty("bytes").GetInt64())];
    }

    public async ValueTask DisposeAsync()
    {
        using var response = await server.Http.DeleteAsync(_path);
        response.EnsureSuccessStatusCode();
    }

    private async Task ExpectAsync(string answer)
    {
        using var response = await server.Http.GetAsync($"{_path}/processes/p/output?offset={_read}", HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var output = await response.Content.ReadAsStreamAsync();
        var bytes = new byte[answer.Length];
        await output.ReadExactlyAsync(bytes);
        _read += bytes.Length;
        if (Encoding.ASCII.GetString(bytes) is var got && got != answer) throw new InvalidOperationException($"It answered '{got}'.");
    }

    private static string IdOf(JsonElement fork) => (fork.TryGetProperty("sandbox", out var sandbox) ? sandbox : fork).GetProperty("id").GetString()!;

    private static async Task<JsonElement> PostAsync(SandboxServer server, string path, object body)
    {
        using var response = await server.Http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new HttpRequestException($"{path}: {response.StatusCode} {text}");
    }
}
