using System.Buffers;
using System.Text.Json;
using Sandbox.Gateway.Problems;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Output;

/// <summary>Turns an execution's events into JSON objects. Not for use by two threads at once.</summary>
internal sealed class EventJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _writer;
    private readonly Utf8Runs _stdout = new();
    private readonly Utf8Runs _stderr = new();

    public EventJson() => _writer = new Utf8JsonWriter(_buffer, JsonAnswers.Writing);

    /// <summary>Gives the objects, none or several, that tell of an output.</summary>
    public void Write(ExecutionOutput output, Emit emit)
    {
        if (output.Channel is OutputChannel.Stdout)
        {
            _stdout.Take(output.Data, (bytes, isText) => Output("stdout", bytes, isText, emit));
        }
        else if (output.Channel is OutputChannel.Stderr)
        {
            _stderr.Take(output.Data, (bytes, isText) => Output("stderr", bytes, isText, emit));
        }
    }

    /// <summary>Gives what was still kept of either channel, and the exit.</summary>
    public void Write(ExecutionExited exited, Emit emit)
    {
        _stdout.End((bytes, isText) => Output("stdout", bytes, isText, emit));
        _stderr.End((bytes, isText) => Output("stderr", bytes, isText, emit));
        Begin("exit");
        WriteExit(_writer, exited);
        End("exit", emit);
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>The members that tell of an exit, wherever an answer has them.</summary>
    public static void WriteExit(Utf8JsonWriter writer, ExecutionExited exited)
    {
        writer.WriteString("reason", ReasonNames.Of(exited.Reason));
        WriteNumber(writer, "code", exited.Code);
        WriteNumber(writer, "signal", exited.Signal);
        if (exited.Signal is { } signal)
        {
            writer.WriteString("signal_name", SignalNames.Of(signal));
        }

        if (exited.Message is not null)
        {
            writer.WriteString("message", exited.Message);
        }

        writer.WriteStartObject("timings");
        writer.WriteNumber("queued_ms", Milliseconds(exited.Timings.Queued));
        writer.WriteNumber("ran_ms", Milliseconds(exited.Timings.Ran));
        writer.WriteNumber("cpu_ms", Milliseconds(exited.Timings.Cpu));
        writer.WriteBoolean("warm", exited.Timings.Warm);
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, int? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private void Output(string type, ReadOnlySpan<byte> bytes, bool isText, Emit emit)
    {
        Begin(type);
        if (isText)
        {
            _writer.WriteString("text"u8, bytes);
        }
        else
        {
            _writer.WriteBase64String("base64"u8, bytes);
        }

        End(type, emit);
    }

    private void Begin(string type)
    {
        _buffer.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("type", type);
    }

    private void End(string type, Emit emit)
    {
        _writer.WriteEndObject();
        _writer.Flush();
        emit(type, _buffer.WrittenSpan);
    }

    /// <summary>Receives one object: its type and its JSON, without line breaks.</summary>
    public delegate void Emit(string type, ReadOnlySpan<byte> json);
}
