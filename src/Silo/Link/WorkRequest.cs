using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>One operation that a worker of the agent is to carry out.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Request">What the kind wants to know, at most <see cref="LinkLimits.WorkRequest"/> bytes.</param>
internal sealed record WorkRequest(WorkKind Kind, ReadOnlyMemory<byte> Request)
{
    private const int Header = 12;

    /// <summary>Whose rights it has, where the kind drops the agent's.</summary>
    public uint Uid { get; init; }

    /// <summary>The group, likewise.</summary>
    public uint Gid { get; init; }

    /// <summary>The WORK frame.</summary>
    /// <exception cref="ArgumentException">The request is too long.</exception>
    public byte[] ToFrame(uint number)
    {
        if (Request.Length > LinkLimits.WorkRequest) throw new ArgumentException($"A request of {Request.Length} bytes is too long.", nameof(number));
        var frame = FrameWriter.Frame(FrameType.Work, number, Header + Request.Length);
        var payload = frame.AsSpan(FrameHeader.Size);
        BinaryPrimitives.WriteUInt16LittleEndian(payload, (ushort)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[4..], Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[8..], Gid);
        Request.Span.CopyTo(payload[Header..]);
        return frame;
    }
}
