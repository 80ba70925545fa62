using System.Net.Sockets;
using System.Text;

namespace Sandbox.Gateway.Tests.Hosting;

/// <summary>A connection that sends exactly the bytes that a test wants, also those that no HTTP client would.</summary>
public sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client;

    private RawConnection(TcpClient client) => _client = client;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, Cancel);
        return new RawConnection(client);
    }

    /// <summary>Sends text, its line ends as they are.</summary>
    public async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), Cancel);

    /// <summary>Reads until the server has closed the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.Latin1, leaveOpen: true);
        return await reader.ReadToEndAsync(Cancel);
    }

    /// <summary>Reads until what has come ends with this.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            if (await _client.GetStream().ReadAsync(one, Cancel) == 0) throw new EndOfStreamException($"The server closed the connection after: {text}");
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    public void Dispose() => _client.Dispose();
}
