using System.Buffers;
using System.Net.WebSockets;

namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>
/// One client's WebSocket: whole text messages in, whole messages out, one at a time. Sending to a client that is gone does nothing: the receiving
/// side finds out. A client that does not read holds its senders up, and the connection's own pings end it.
/// </summary>
internal sealed class SandboxSocket(WebSocket socket) : IDisposable
{
    /// <summary>The most bytes of a client's message: a megabyte of code or input with every character escaped, and room beside it.</summary>
    public const int MostMessage = 4 << 20;

    /// <summary>How long a client gets to take what is on its way and to answer a close.</summary>
    private static readonly TimeSpan s_closes = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ArrayBufferWriter<byte> _message = new();

    // Cancels receiving, which breaks the connection: only behind a close that the client did not answer.
    private readonly CancellationTokenSource _unanswered = new();
    private int _closing;
    private bool _closed;

    /// <summary>
    /// The next message; null when the client has closed the connection or answered a close, or the connection is lost. The memory is good until the next call.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync()
    {
        _message.ResetWrittenCount();
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(_message.GetMemory(4096), _unanswered.Token);
                if (received.MessageType is WebSocketMessageType.Close) return null;
                _message.Advance(received.Count);
                if (_message.WrittenCount > MostMessage)
                {
                    _message.Clear();
                    await CloseAsync(WebSocketCloseStatus.MessageTooBig, $"A message may have {MostMessage} bytes.");
                }

                // What is binary is no JSON text, and is told so.
                if (received.EndOfMessage) return received.MessageType is WebSocketMessageType.Text ? _message.WrittenMemory : ReadOnlyMemory<byte>.Empty;
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            return null;
        }
    }

    /// <summary>Sends an event. Cancelling it gives up waiting for its turn, never half a message.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            if (!_closed) await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The receiving side finds out.
            _closed = true;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Says how it stands.</summary>
    public Task StatusAsync(string status) => SendAsync(ServerMessage.Status(status));

    /// <summary>Says what went wrong, behind a status where one fits.</summary>
    public async Task ErrorAsync(string? status, string message)
    {
        if (status is not null) await StatusAsync(status);
        await SendAsync(ServerMessage.Error(message));
    }

    /// <summary>Closes the connection; closing it twice changes nothing. Go on receiving, until the client has answered.</summary>
    public async Task CloseAsync(WebSocketCloseStatus code, string reason)
    {
        // Once: a client that goes on sending gains no time by it.
        if (Interlocked.Exchange(ref _closing, 1) == 0) _unanswered.CancelAfter(s_closes);
        if (!await _sending.WaitAsync(s_closes))
        {
            // It does not read what it was sent before.
            socket.Abort();
            return;
        }

        try
        {
            if (!_closed) await socket.CloseOutputAsync(code, reason, _unanswered.Token);
            _closed = true;
        }
        catch (Exception e) when (IsLoss(e))
        {
            _closed = true;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Closes the connection, and waits until the client has answered, so that nothing that was sent is lost with it.</summary>
    public async Task EndAsync(WebSocketCloseStatus code, string reason)
    {
        await CloseAsync(code, reason);
        while (await ReceiveAsync() is not null)
        {
            // Sent before the client knew.
        }
    }

    public void Dispose()
    {
        _sending.Dispose();
        _unanswered.Dispose();
    }

    // Of a connection that was broken on this side it says that the call was cancelled.
    private static bool IsLoss(Exception exception) => exception is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException;
}
