using System.Buffers;
using System.IO.Pipelines;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>Server-sent events: the event's name is the JSON object's type.</summary>
internal sealed class EventStreamWriter(PipeWriter body) : OutputWriter(body)
{
    private readonly EventJson _json = new();

    public override string ContentType => "text/event-stream";

    public override void Write(ExecutionOutput output) => _json.Write(output, WriteEvent);

    public override void Write(ExecutionExited exited, TimeSpan timeout) => _json.Write(exited, WriteEvent);

    public override bool TryWriteNothing()
    {
        Write(": \n\n");
        return true;
    }

    public override void Dispose() => _json.Dispose();

    private void WriteEvent(string type, ReadOnlySpan<byte> json)
    {
        Write($"event: {type}\ndata: ");
        Body.Write(json);
        Body.Write("\n\n"u8);
    }
}
