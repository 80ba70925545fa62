using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>What an agent says of itself first.</summary>
/// <param name="Version">The version of the protocol that it speaks.</param>
/// <param name="Restored">It came out of a checkpoint.</param>
/// <param name="AgentVersion">The agent's own version, for people.</param>
internal sealed record GuestHello(ushort Version, bool Restored, string AgentVersion)
{
    /// <summary>Reads a HELLO payload of at least 8 bytes.</summary>
    /// <exception cref="LinkViolationException">It holds what has no meaning in this version.</exception>
    public static GuestHello Read(ReadOnlySpan<byte> payload)
    {
        var version = BinaryPrimitives.ReadUInt16LittleEndian(payload);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        // Another version may use the other bits, and is refused for what it is, not as a violation.
        if (version == LinkLimits.ProtocolVersion && (flags > 1 || BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]) != 0))
        {
            throw new LinkViolationException(LinkRule.BadValue, $"flags 0x{flags:x}, or the reserved bytes, have no meaning in version {version}");
        }

        return new GuestHello(version, (flags & 1) != 0, GuestText.Read(payload[8..]));
    }
}
