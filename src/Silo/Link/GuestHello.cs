using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>What an agent says of itself first.</summary>
/// <param name="Version">The version of the protocol that it speaks.</param>
/// <param name="AgentVersion">The agent's own version, for people.</param>
internal sealed record GuestHello(ushort Version, string AgentVersion)
{
    /// <summary>Reads a HELLO payload of at least 8 bytes.</summary>
    /// <exception cref="LinkViolationException">It holds what has no meaning in this version.</exception>
    public static GuestHello Read(ReadOnlySpan<byte> payload)
    {
        var version = BinaryPrimitives.ReadUInt16LittleEndian(payload);

        // Another version may use the others, and is refused for what it is, not as a violation.
        if (version == LinkLimits.ProtocolVersion && payload[2..8].ContainsAnyExcept((byte)0))
        {
            throw new LinkViolationException(LinkRule.BadValue, $"the reserved bytes 0x{Convert.ToHexStringLower(payload[2..8])} have no meaning in version {version}");
        }

        return new GuestHello(version, GuestText.Read(payload[8..]));
    }
}
