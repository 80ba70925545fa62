namespace Sandbox.Silo.Link;

/// <summary>What a frame from the guest must look like whatever went before: known type, length, channel, process.</summary>
internal static class GuestFrameRules
{
    /// <summary>Checks a header before anything is read or kept on its account.</summary>
    /// <exception cref="LinkViolationException">It breaks a rule.</exception>
    public static void Check(in FrameHeader header)
    {
        // The type first: it says what the rest must be.
        var (least, most, aboutProcess) = header.Type switch
        {
            FrameType.Hello => (8, LinkLimits.PayloadFromGuest, false),
            FrameType.Ready => (0, 0, false),
            FrameType.Started => (5, 5, true),
            FrameType.StartFailed => (5, LinkLimits.PayloadFromGuest, true),
            FrameType.Output => (9, 8 + LinkLimits.OutputFrame, true),
            FrameType.OutputEnd => (8, 8, true),
            FrameType.InputAck => (8, 8, true),
            FrameType.Exit => (ProcessExit.Size, ProcessExit.Size, true),
            FrameType.Drained => (0, 0, true),
            FrameType.Pong => (8, 8, false),
            FrameType.Failure => (4, LinkLimits.PayloadFromGuest, false),
            FrameType.Poured => (0, 0, true),
            FrameType.DiskUsage => (DiskUsage.Size, DiskUsage.Size, false),
            FrameType.Held => (0, 0, false),
            FrameType.Resumed => (0, 0, false),
            FrameType.WorkOutput => (9, 8 + LinkLimits.OutputFrame, true),
            FrameType.WorkInputAck => (8, 8, true),
            FrameType.WorkDone => (WorkEnd.Header, WorkEnd.Header + LinkLimits.WorkResult, true),
            _ => throw new LinkViolationException(LinkRule.UnknownType, $"a guest sends no frame of type 0x{(byte)header.Type:x2}"),
        };
        if (header.Length > LinkLimits.PayloadFromGuest)
        {
            throw new LinkViolationException(
                LinkRule.PayloadTooLong, $"a payload of {header.Length} bytes is over the limit of {LinkLimits.PayloadFromGuest}");
        }

        if (header.Length < least || header.Length > most)
        {
            throw new LinkViolationException(
                LinkRule.WrongLength,
                $"its payload must be {(least == most ? $"{least}" : $"{least} to {most}")} bytes, not {header.Length}");
        }

        if (header.Reserved != 0)
        {
            throw new LinkViolationException(LinkRule.ReservedNotZero, $"the reserved bytes hold 0x{header.Reserved:x4}");
        }

        if (aboutProcess != (header.Process != 0))
        {
            throw new LinkViolationException(
                LinkRule.WrongProcess, aboutProcess ? "it must name a process" : $"it is about the sandbox, and names process {header.Process}");
        }

        // Which output channels a process has is its state's to say; that there is one is this rule's.
        var aboutOutput = header.Type is FrameType.Output or FrameType.OutputEnd;
        if (aboutOutput != (header.Channel != 0))
        {
            throw new LinkViolationException(
                LinkRule.WrongChannel, aboutOutput ? "it must name an output channel" : $"it names channel {header.Channel}, and must name none");
        }
    }
}
