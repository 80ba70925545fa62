using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>
/// The bytes of stdout and stderr as they are. Plain text has no place for an exit code, so it goes into trailers where the caller takes
/// them; and when it was not the program that decided to end, a last line says so.
/// </summary>
internal sealed class TextWriter(HttpResponse response) : OutputWriter(response.BodyWriter)
{
    private const string Code = "Sandbox-Exit-Code";
    private const string Signal = "Sandbox-Exit-Signal";
    private const string Reason = "Sandbox-Exit-Reason";

    private bool _trailers;
    private byte _last = (byte)'\n';

    public override string ContentType => "text/plain; charset=utf-8";

    public override void Prepare()
    {
        _trailers = response.SupportsTrailers() && AcceptsTrailers(response.HttpContext.Request);
        if (_trailers)
        {
            response.DeclareTrailer(Reason);
            response.DeclareTrailer(Code);
            response.DeclareTrailer(Signal);
        }
    }

    public override void Write(ExecutionOutput output)
    {
        if (output.Channel is OutputChannel.Stdout or OutputChannel.Stderr && output.Data.Length > 0)
        {
            Body.Write(output.Data);
            _last = output.Data[^1];
        }
    }

    public override void Write(ExecutionExited exited, TimeSpan timeout)
    {
        if (EndLine.For(exited, timeout) is { } line)
        {
            Write(_last == (byte)'\n' ? $"[sandbox] ended: {line}\n" : $"\n[sandbox] ended: {line}\n");
        }

        if (_trailers)
        {
            response.AppendTrailer(Reason, ReasonNames.Of(exited.Reason));
            response.AppendTrailer(Code, exited.Code?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
            response.AppendTrailer(Signal, exited.Signal is { } signal ? SignalNames.Of(signal) : string.Empty);
        }
    }

    // RFC 9110: trailers only for those who say that they do not throw them away.
    private static bool AcceptsTrailers(HttpRequest request) =>
        request.Headers.TE.ToString().Split(',', ';').Any(part => part.Trim().Equals("trailers", StringComparison.OrdinalIgnoreCase));
}
