using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Sandbox.TestServer;

/// <summary>One WebSocket of a client of Cloud Run Sandbox: message by message, nothing repaired and nothing hidden.</summary>
public sealed class CloudRunSocket : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket;
    private readonly byte[] _buffer = new byte[1 << 20];

    private CloudRunSocket(ClientWebSocket socket) => _socket = socket;

    /// <summary>What the sandbox is called, once it was told.</summary>
    public string Id { get; private set; } = "";

    /// <summary>What opens it.</summary>
    public string Token { get; private set; } = "";

    /// <summary>Connects to a path, such as <c>/create</c>.</summary>
    public static async Task<CloudRunSocket> ConnectAsync(Uri server, string path, Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        using var deadline = new CancellationTokenSource(Deadline);
        var address = new UriBuilder(new Uri(server, path));
        address.Scheme = address.Scheme is "https" or "wss" ? "wss" : "ws";
        try
        {
            await socket.ConnectAsync(address.Uri, deadline.Token);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new CloudRunSocket(socket);
    }

    /// <summary>A new sandbox that runs.</summary>
    public static async Task<CloudRunSocket> CreateAsync(Uri server, object? configuration = null)
    {
        var socket = await ConnectAsync(server, "/create");
        await socket.SendAsync(configuration ?? new { });
        await socket.ExpectAsync("SANDBOX_CREATING", "sandbox_id", "SANDBOX_RUNNING");
        return socket;
    }

    /// <summary>A connection that attaches, whatever comes of it.</summary>
    public static Task<CloudRunSocket> AttachAsync(Uri server, string id, string? token) =>
        ConnectAsync(server, $"/attach/{id}" + (token is null ? "" : $"?sandbox_token={Uri.EscapeDataString(token)}"));

    /// <summary>Sends an object.</summary>
    public Task SendAsync(object message) => SendRawAsync(JsonSerializer.Serialize(message));

    /// <summary>Sends whatever text.</summary>
    public Task SendRawAsync(string message) => SendRawAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text);

    /// <summary>Sends whatever bytes.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> message, WebSocketMessageType type)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await _socket.SendAsync(message, type, endOfMessage: true, deadline.Token);
    }

    /// <summary>The next event, or null when the server has closed the connection.</summary>
    public async Task<JsonElement?> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), deadline.Token);
            if (received.MessageType is WebSocketMessageType.Close)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", deadline.Token);
                return null;
            }

            length += received.Count;
            if (!received.EndOfMessage) continue;
            var message = JsonElement.Parse(_buffer.AsSpan(0, length));
            if (message.GetProperty("event").GetString() == "sandbox_id")
            {
                (Id, Token) = (message.GetProperty("sandbox_id").GetString()!, message.GetProperty("sandbox_token").GetString()!);
            }

            return message;
        }
    }

    /// <summary>The next event in one word: a status, <c>sandbox_id</c>, <c>error</c>, <c>stdout: TEXT</c>, or <c>close CODE</c>.</summary>
    public async Task<string> NextAsync()
    {
        if (await ReceiveAsync() is not { } message) return $"close {(int)_socket.CloseStatus!}";
        var name = message.GetProperty("event").GetString()!;
        return name switch
        {
            "status_update" => message.GetProperty("status").GetString()!,
            "stdout" or "stderr" => $"{name}: {message.GetProperty("data").GetString()}",
            "error" => message.GetProperty("message").GetString() is { Length: > 0 } ? name : "an error without a message",
            _ => name,
        };
    }

    /// <summary>Takes events, which must be these.</summary>
    public async Task ExpectAsync(params string[] events)
    {
        for (var i = 0; i < events.Length; i++)
        {
            var next = await NextAsync();
            if (next != events[i]) throw new InvalidOperationException($"Event {i} is '{next}' and not '{events[i]}'. Behind it: {await BehindAsync()}");
        }
    }

    /// <summary>What comes within the next seconds, for whoever looks into a failure.</summary>
    private async Task<string> BehindAsync()
    {
        var behind = new StringBuilder();
        try
        {
            while (await ReceiveAsync().WaitAsync(TimeSpan.FromSeconds(3)) is { } message) behind.Append(message);
        }
        catch (Exception e) when (e is TimeoutException or WebSocketException)
        {
            behind.Append(e.Message);
        }

        return behind.ToString();
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to the two streams.</returns>
    public async Task<(string Stdout, string Stderr)> RunAsync(string language, string code)
    {
        await SendAsync(new { language, code });
        await ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        return await OutputAsync();
    }

    /// <summary>What a program that runs writes until it is done.</summary>
    public async Task<(string Stdout, string Stderr)> OutputAsync()
    {
        var (stdout, stderr) = (new StringBuilder(), new StringBuilder());
        while (true)
        {
            switch (await NextAsync())
            {
                case "SANDBOX_EXECUTION_DONE":
                    return (stdout.ToString(), stderr.ToString());
                case ['s', 't', 'd', 'o', 'u', 't', ':', ' ', .. var text]:
                    stdout.Append(text);
                    break;
                case ['s', 't', 'd', 'e', 'r', 'r', ':', ' ', .. var text]:
                    stderr.Append(text);
                    break;
                case var other:
                    throw new InvalidOperationException($"'{other}' came in the middle of a program's output.");
            }
        }
    }

    /// <summary>Takes output until it holds a text.</summary>
    /// <returns>What came.</returns>
    public async Task<string> UntilAsync(string text)
    {
        var all = "";
        while (!all.Contains(text, StringComparison.Ordinal)) all += Written(await NextAsync());
        return all;
    }

    /// <summary>The text of an event of standard output, or the event.</summary>
    public static string Written(string next) => next is ['s', 't', 'd', 'o', 'u', 't', ':', ' ', .. var text] ? text : next;

    /// <summary>Closes the connection as a client does that leaves.</summary>
    public async Task LeaveAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", deadline.Token);
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Ends the connection; the sandbox stays.</summary>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
