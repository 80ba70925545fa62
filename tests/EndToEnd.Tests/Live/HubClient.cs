using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>One connection to the hub as docs/hub.md describes it, by Microsoft's own client: nothing repairs it, nothing hides what comes.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const int AcknowledgeEvery = 65_536;
    private readonly HubConnection _connection;

    private HubClient(HubConnection connection)
    {
        _connection = connection;
        connection.Closed += failure =>
        {
            Lost = failure;
            return Task.CompletedTask;
        };
    }

    /// <summary>Why the connection was lost, once it was.</summary>
    public Exception? Lost { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HubClient> ConnectAsync(Uri server, string? key = null)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(server, "/hub"), options =>
            {
                options.Transports = HttpTransportType.WebSockets;
                options.SkipNegotiation = true;
                if (key is not null) options.AccessTokenProvider = () => Task.FromResult<string?>(key);
            })
            .Build();
        try
        {
            await connection.StartAsync(Cancel);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        return new HubClient(connection);
    }

    /// <summary>Whether an exception means that the connection was lost, and not that the call failed.</summary>
    public static bool IsLoss(Exception exception) => !Cancel.IsCancellationRequested && exception is HubException
        ? !exception.Message.Contains('{', StringComparison.Ordinal)
        : exception is IOException or System.Net.WebSockets.WebSocketException or HttpRequestException or OperationCanceledException or InvalidOperationException;

    public Task<JsonElement> CallAsync(string method, object request) => _connection.InvokeAsync<JsonElement>(method, request, Cancel);

    /// <summary>Deletes a sandbox, also after the test's deadline.</summary>
    public async Task DeleteAsync(string id)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _connection.InvokeAsync<JsonElement>("DeleteSandbox", new { id }, deadline.Token);
    }

    /// <summary>Sends without waiting for an answer.</summary>
    public Task SendAsync(string method, object request) => _connection.SendAsync(method, request, Cancel);

    /// <summary>Reads a stream, and gives it up when its reader has seen enough: SignalR's client lets the server go on.</summary>
    public async IAsyncEnumerable<JsonElement> StreamAsync(string method, object request, CancellationToken? cancel = null)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel ?? Cancel);
        try
        {
            await foreach (var item in _connection.StreamAsync<JsonElement>(method, request, ending.Token)) yield return item;
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    /// <summary>Calls a method, a stream among them, that must fail.</summary>
    /// <returns>The error.</returns>
    public async Task<JsonElement> FailAsync(string method, object request, bool streams = false)
    {
        var failure = await Assert.ThrowsAsync<HubException>(async () =>
        {
            if (!streams) await CallAsync(method, request);
            else await foreach (var item in StreamAsync(method, request)) Assert.Fail($"{method} gave {item}");
        });
        return JsonDocument.Parse(failure.Message[failure.Message.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }

    /// <summary>Reads an output log to its end, and acknowledges as it goes.</summary>
    public IAsyncEnumerable<JsonElement> ReadOutputAsync(string sandboxId, string processId, string channel = "stdout", long offset = 0) =>
        ReadOutputUntilAsync(sandboxId, processId, channel, offset, Cancel);

    /// <summary>The same, until it is given up.</summary>
    public async IAsyncEnumerable<JsonElement> ReadOutputUntilAsync(
        string sandboxId, string processId, string channel, long offset, [EnumeratorCancellation] CancellationToken cancel)
    {
        var readId = Guid.NewGuid().ToString("n");
        var acknowledged = offset;
        await foreach (var item in StreamAsync("ReadOutput", new { sandboxId, processId, readId, channel, offset }, cancel))
        {
            yield return item;
            if (item.Type() != "data") continue;
            var behind = item.Offset() + item.Data().Length;
            if (behind - acknowledged < AcknowledgeEvery) continue;
            acknowledged = behind;
            await SendAsync("AckOutput", new { readId, offset = behind });
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
