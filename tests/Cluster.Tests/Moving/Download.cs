using System.Globalization;

namespace Sandbox.Cluster.Tests.Moving;

/// <summary>A file of numbered lines on its way over HTTP, more of it than lies between a server and a client that does not read.</summary>
internal sealed class Download
{
    /// <summary>How many lines it has: 10 MB.</summary>
    public const int Lines = 1_400_000;

    private const int ReceiveBuffer = 64 << 10;
    private readonly HttpClient _http;
    private readonly StreamReader _reader;

    private Download(HttpClient http, Stream content) => (_http, _reader) = (http, new StreamReader(content));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Download> BeginAsync(Uri server, string id)
    {
        var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { ReceiveBufferSize = ReceiveBuffer, NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });
        var response = await http.GetAsync(new Uri(server, $"v1/sandboxes/{id}/files?path=/home/user/lines"), HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.EnsureSuccessStatusCode();
        var download = new Download(http, await response.Content.ReadAsStreamAsync(Cancel));
        await download.ReadAsync(1, 1_000);
        return download;
    }

    /// <summary>Reads the rest, which must be all that is missing.</summary>
    public async Task EndAsync()
    {
        await ReadAsync(1_001, Lines - 1_000);
        Assert.Null(await _reader.ReadLineAsync(Cancel));
        _reader.Dispose();
        _http.Dispose();
    }

    private async Task ReadAsync(int first, int count)
    {
        for (var line = first; line < first + count; line++)
        {
            var text = await _reader.ReadLineAsync(Cancel);
            if (text != line.ToString(CultureInfo.InvariantCulture)) Assert.Fail($"line {line} is {text}");
        }
    }
}
