using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Sandboxes.Hub;

namespace Sandboxes.Tests;

public sealed class LossTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_connection_that_ends_within_a_message_is_a_lost_one()
    {
        await using var server = await ServeAsync("""{"type":3,"invocat""");
        await using var connection = await ConnectAsync(server);
        Assert.True(LossOf.Connection(await Assert.ThrowsAnyAsync<Exception>(() => connection.InvokeAsync<string>("Anything", Cancel))));
    }

    private static async Task<HubConnection> ConnectAsync(WebApplication server)
    {
        var connection = new HubConnectionBuilder().WithUrl($"{server.Urls.Single()}/hub", options =>
        {
            options.SkipNegotiation = true;
            options.Transports = HttpTransportType.WebSockets;
        }).Build();
        await connection.StartAsync(Cancel);
        return connection;
    }

    // Speaks just enough: the handshake, and a part of a message once something was asked.
    private static async Task<WebApplication> ServeAsync(string message)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.UseWebSockets();
        server.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[4096];
            foreach (var answer in new[] { "{}\u001e", message })
            {
                await socket.ReceiveAsync(buffer, context.RequestAborted);
                await socket.SendAsync(Encoding.UTF8.GetBytes(answer), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, context.RequestAborted);
            while ((await socket.ReceiveAsync(buffer, context.RequestAborted)).MessageType != WebSocketMessageType.Close)
            {
                // Until the client leaves.
            }
        });
        await server.StartAsync(Cancel);
        return server;
    }
}
