using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>Why a program was not started, or a mould not poured.</summary>
/// <param name="Stage">Where it failed.</param>
/// <param name="Errno">The guest's errno, or 0 where there is none.</param>
/// <param name="Message">For people: what is the matter, as the agent or the host put it.</param>
internal sealed record StartFailure(StartStage Stage, int Errno, string Message)
{
    /// <summary>Reads a START_FAILED payload of at least 5 bytes.</summary>
    /// <exception cref="LinkViolationException">It holds what cannot be.</exception>
    public static StartFailure Read(ReadOnlySpan<byte> payload)
    {
        var errno = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        var stage = (StartStage)payload[4];
        if (errno > 4_095 || stage is < StartStage.File or > StartStage.NoWaitingMould)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"errno {errno} at stage {(byte)stage} cannot be");
        }

        return new StartFailure(stage, (int)errno, GuestText.Read(payload[5..]));
    }
}
