using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Sandbox.Gateway.Tests.Hosting;

namespace Sandbox.Gateway.Tests.Hub;

/// <summary>A connection to the hub as docs/hub.md describes it, with Microsoft's client.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private readonly HubConnection _connection;

    private HubClient(HubConnection connection) => _connection = connection;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public HubConnectionState State => _connection.State;

    public static async Task<HubClient> ConnectAsync(
        GatewayServer server, string? key = null, HttpTransportType transports = HttpTransportType.WebSockets, string query = "")
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(server.Address, "/hub" + query), options =>
            {
                options.Transports = transports;
                if (key is not null) options.AccessTokenProvider = () => Task.FromResult<string?>(key);
            })
            .Build();
        await connection.StartAsync(Cancel);
        return new HubClient(connection);
    }

    /// <summary>Calls a method with any arguments.</summary>
    public Task<JsonElement> CallAsync(string method, params object?[] arguments) =>
        _connection.InvokeCoreAsync<JsonElement>(method, arguments, Cancel);

    /// <summary>Calls a method that must fail.</summary>
    /// <returns>The error.</returns>
    public async Task<JsonElement> FailAsync(string method, params object?[] arguments) =>
        Error(await Assert.ThrowsAsync<HubException>(() => CallAsync(method, arguments)));

    /// <summary>Calls a method that must fail with this code.</summary>
    public async Task<JsonElement> FailAsync(string code, string method, object argument)
    {
        var error = await FailAsync(method, argument);
        Assert.True(error.GetProperty("code").GetString() == code, error.GetRawText());
        return error;
    }

    public Task SendAsync(string method, object argument) => _connection.SendAsync(method, argument, Cancel);

    public IAsyncEnumerable<JsonElement> StreamUntilAsync(string method, object? argument, CancellationToken cancellationToken) =>
        _connection.StreamAsync<JsonElement>(method, argument, cancellationToken);

    public IAsyncEnumerable<JsonElement> StreamAsync(string method, object? argument) => StreamUntilAsync(method, argument, Cancel);

    /// <summary>The error of a stream that must fail before its first item.</summary>
    public async Task<JsonElement> FailStreamAsync(string method, params object?[] arguments) => Error(await Assert.ThrowsAsync<HubException>(async () =>
    {
        await foreach (var item in _connection.StreamAsyncCore<JsonElement>(method, arguments, Cancel)) Assert.Fail($"An item: {item}");
    }));

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    public static JsonElement Error(HubException exception)
    {
        var text = exception.Message[exception.Message.IndexOf('{', StringComparison.Ordinal)..];
        var error = JsonDocument.Parse(text).RootElement;
        Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("message").GetString()));
        return error;
    }
}
