using System.Net;
using System.Net.Sockets;

namespace Sandbox.TestServer;

/// <summary>
/// Stands between a client and a server, and cuts the connection in the middle of a message after a random number of bytes, so many times.
/// Both sides see a reset, as they do when a network fails.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Uri _server;
    private readonly Random _random;
    private readonly int _mostBytes;
    private readonly Task _accepting;
    private long _left;
    private int _cutsLeft;

    /// <summary>Begins to listen.</summary>
    /// <param name="server">What stands behind it.</param>
    /// <param name="seed">Of the random numbers.</param>
    /// <param name="cuts">How many connections are cut.</param>
    /// <param name="mostBytes">The most bytes of the server between two cuts.</param>
    public CuttingProxy(Uri server, int seed, int cuts, int mostBytes)
    {
        (_server, _random, _cutsLeft, _mostBytes) = (server, new Random(seed), cuts, mostBytes);
        _left = _random.Next(1, mostBytes);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Cuts that have not happened yet.</summary>
    public int CutsLeft => Volatile.Read(ref _cutsLeft);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true) carrying.Add(CarryAsync(await _listener.AcceptSocketAsync(_ending.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException && _ending.IsCancellationRequested)
        {
            await Task.WhenAll(carrying);
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port, over.Token);
                await Task.WhenAll(PumpAsync(client, server, cuts: false, over), PumpAsync(server, client, cuts: true, over));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Cut, or ended by either side.
            }

            foreach (var socket in new[] { client, server }) socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool cuts, CancellationTokenSource over)
    {
        var buffer = new byte[16_384];
        try
        {
            while (await from.ReceiveAsync(buffer, over.Token) is var count and > 0)
            {
                var cut = cuts && Cuts(ref count);
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), over.Token);
                if (cut) return;
            }
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    private bool Cuts(ref int count)
    {
        lock (_random)
        {
            if (_cutsLeft == 0 || (_left -= count) > 0) return false;
            count += (int)_left; // up to the byte
            _left = _random.Next(1, _mostBytes);
            _cutsLeft--;
            return true;
        }
    }
}
