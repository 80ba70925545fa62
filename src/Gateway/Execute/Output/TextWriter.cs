using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>
/// The bytes of stdout and stderr as they are. Plain text has no place for an exit code, so it goes into trailers where the caller takes
/// them; and when it was not the program that decided to end, a last line says so.
/// </summary>
internal sealed class TextWriter(HttpResponse response) : OutputWriter(response.BodyWriter)
{
    private bool _trailers;
    private bool _ownChunks;
    private bool _ended;
    private byte _last = (byte)'\n';

    public override string ContentType => "text/plain; charset=utf-8";

    public override void Prepare()
    {
        var request = response.HttpContext.Request;
        if (!ExitTrailers.AreWanted(request))
        {
            return;
        }

        _trailers = response.SupportsTrailers();
        // Kestrel sends trailers over HTTP/2 only. Over HTTP/1.1 it leaves the chunks to whoever sets this header.
        _ownChunks = !_trailers && HttpProtocol.IsHttp11(request.Protocol);
        if (_ownChunks)
        {
            response.Headers.TransferEncoding = "chunked";
        }

        if (_ownChunks || _trailers)
        {
            response.Headers.Trailer = ExitTrailers.Names;
        }
    }

    public override void Write(ExecutionOutput output)
    {
        if (output.Channel is OutputChannel.Stdout or OutputChannel.Stderr && output.Data.Length > 0)
        {
            WriteBytes(output.Data);
            _last = output.Data[^1];
        }
    }

    public override void Write(ExecutionExited exited, TimeSpan timeout)
    {
        if (EndLine.For(exited, timeout) is { } line)
        {
            var ownLine = _last == (byte)'\n' ? string.Empty : "\n";
            WriteBytes(Encoding.UTF8.GetBytes($"{ownLine}[sandbox] ended: {line}\n"));
        }

        if (_ownChunks)
        {
            Write("0\r\n");
            foreach (var (name, value) in ExitTrailers.Of(exited))
            {
                Write($"{name}: {value}\r\n");
            }

            Write("\r\n");
        }
        else if (_trailers)
        {
            foreach (var (name, value) in ExitTrailers.Of(exited))
            {
                response.AppendTrailer(name, value);
            }
        }

        _ended = true;
    }

    public override void Dispose()
    {
        if (_ownChunks && !_ended)
        {
            // The server does not know that our last chunk is missing: it would go on as if the answer were whole.
            response.HttpContext.Abort();
        }
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (_ownChunks)
        {
            Write($"{bytes.Length:x}\r\n");
        }

        Body.Write(bytes);
        if (_ownChunks)
        {
            Write("\r\n");
        }
    }
}
