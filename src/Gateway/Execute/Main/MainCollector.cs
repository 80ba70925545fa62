using System.Buffers;
using System.Text;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Execute.Main;

/// <summary>
/// Keeps what a JSON execution writes until it has ended. The host holds the program to its limits; this holds the host to them, so that an
/// answer never takes more memory than the limits say.
/// </summary>
internal sealed class MainCollector(int maxOutputBytes, int maxResultBytes)
{
    private readonly ArrayBufferWriter<byte> _stdout = new();
    private readonly ArrayBufferWriter<byte> _stderr = new();
    private readonly ArrayBufferWriter<byte> _result = new();

    /// <summary>True when more came on the result channel than may.</summary>
    public bool ResultOverflowed { get; private set; }

    /// <summary>Takes an output. False when it holds all that it may: the program must be ended then.</summary>
    public bool Take(ExecutionOutput output)
    {
        if (output.Channel is OutputChannel.Result)
        {
            ResultOverflowed |= !Append(_result, output.Data, maxResultBytes - _result.WrittenCount);
            return !ResultOverflowed;
        }

        var into = output.Channel is OutputChannel.Stdout ? _stdout : _stderr;
        return Append(into, output.Data, maxOutputBytes - _stdout.WrittenCount - _stderr.WrittenCount);
    }

    public MainOutput Complete(ExecutionExited exited) => new(
        Encoding.UTF8.GetString(_stdout.WrittenSpan), Encoding.UTF8.GetString(_stderr.WrittenSpan), _result.WrittenMemory, ResultOverflowed, exited);

    private static bool Append(ArrayBufferWriter<byte> buffer, byte[] data, int room)
    {
        buffer.Write(data.AsSpan(0, Math.Min(data.Length, room)));
        return data.Length <= room;
    }
}
