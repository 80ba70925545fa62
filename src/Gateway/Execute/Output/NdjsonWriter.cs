using System.Buffers;
using System.IO.Pipelines;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>One JSON event a line.</summary>
internal sealed class NdjsonWriter(PipeWriter body) : OutputWriter(body)
{
    private readonly EventJson _json = new();

    public override string ContentType => "application/x-ndjson";

    public override void Write(ExecutionOutput output) => _json.Write(output, WriteLine);

    public override void Write(ExecutionExited exited, TimeSpan timeout) => _json.Write(exited, WriteLine);

    public override void Dispose() => _json.Dispose();

    private void WriteLine(string type, ReadOnlySpan<byte> json)
    {
        Body.Write(json);
        Body.Write("\n"u8);
    }
}
