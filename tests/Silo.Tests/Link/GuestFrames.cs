using System.Buffers.Binary;
using System.Text;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>Frames as an agent sends them, right or wrong.</summary>
internal static class GuestFrames
{
    public static byte[] Raw(byte type, uint process, ReadOnlySpan<byte> payload, byte channel = 0, ushort reserved = 0, uint? length = null)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(length ?? (uint)payload.Length, (FrameType)type, channel, reserved, process).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    public static byte[] Of(FrameType type, uint process, params byte[] payload) => Raw((byte)type, process, payload);

    public static byte[] Hello(ushort version = 1, uint flags = 0, string agent = "test")
    {
        var payload = new byte[8 + agent.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(payload, version);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4), flags);
        Encoding.ASCII.GetBytes(agent, payload.AsSpan(8));
        return Of(FrameType.Hello, 0, payload);
    }

    public static byte[] Ready() => Of(FrameType.Ready, 0);

    public static byte[] Started(uint process, uint pid = 2, byte known = 0) => Of(FrameType.Started, process, [.. U32(pid), known]);

    public static byte[] StartFailed(uint process, uint errno = 2, byte stage = 4, string text = "no such program") =>
        Of(FrameType.StartFailed, process, [.. U32(errno), stage, .. Encoding.UTF8.GetBytes(text)]);

    public static byte[] Output(uint process, LinkChannel channel, ulong offset, ReadOnlySpan<byte> data) =>
        Raw((byte)FrameType.Output, process, [.. U64(offset), .. data], (byte)channel);

    public static byte[] OutputEnd(uint process, LinkChannel channel, ulong offset) =>
        Raw((byte)FrameType.OutputEnd, process, U64(offset), (byte)channel);

    public static byte[] InputAck(uint process, ulong offset) => Of(FrameType.InputAck, process, U64(offset));

    public static byte[] Exit(
        uint process, uint value = 0, byte kind = 0, byte flags = 0, ushort reserved = 0, ulong user = 1_000, ulong system = 2_000, ulong peak = 4_096) =>
        Of(FrameType.Exit, process, [kind, flags, (byte)reserved, (byte)(reserved >> 8), .. U32(value), .. U64(user), .. U64(system), .. U64(peak)]);

    public static byte[] Drained(uint process) => Of(FrameType.Drained, process);

    public static byte[] Held() => Of(FrameType.Held, 0);

    public static byte[] Pong(ulong value) => Of(FrameType.Pong, 0, U64(value));

    public static byte[] DiskUsage(ulong used, ulong total) => Of(FrameType.DiskUsage, 0, [.. U64(used), .. U64(total)]);

    public static byte[] Failure(uint code, string text) => Of(FrameType.Failure, 0, [.. U32(code), .. Encoding.UTF8.GetBytes(text)]);

    public static byte[] Poured(uint process) => Of(FrameType.Poured, process);

    public static byte[] U32(uint value) => BitConverter.GetBytes(value);

    public static byte[] U64(ulong value) => BitConverter.GetBytes(value);
}
