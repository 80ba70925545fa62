namespace Sandbox.Silo.Link;

/// <summary>The book of stdin: what was sent, what the program has, and whether it still listens.</summary>
internal sealed class InputOffsets
{
    /// <summary>The offset that means: the program closed its stdin, further input is discarded.</summary>
    public const ulong ClosedByProgram = ulong.MaxValue;

    private readonly int _window;
    private readonly int _frame;

    /// <param name="window">How far it may run ahead of the last acknowledgement, in bytes.</param>
    /// <param name="frame">The most bytes of one frame.</param>
    public InputOffsets(int window = LinkLimits.InputWindow, int frame = LinkLimits.InputFrame) => (_window, _frame) = (window, frame);

    /// <summary>Goes on from an image.</summary>
    public InputOffsets(ProcessImage image)
        : this() => (Sent, Acknowledged, Closed) = (image.InputSent, image.InputAcknowledged, image.InputClosed);

    /// <summary>The end of what was sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>The end of what the program got.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>Whether nothing can be sent any more: the host ended it, or the program closed it.</summary>
    public bool Closed { get; private set; }

    /// <summary>Takes a part of the window.</summary>
    /// <param name="wanted">How many bytes there are to send.</param>
    /// <param name="offset">The offset of the first of them.</param>
    /// <returns>How many may be sent now; 0 when the window is full.</returns>
    public int Reserve(int wanted, out ulong offset)
    {
        offset = Sent;
        var room = _window - (int)(Sent - Acknowledged);
        var length = Math.Min(Math.Min(wanted, room), _frame);
        Sent += (ulong)length;
        return length;
    }

    /// <summary>Ends the input from the host's side.</summary>
    public void Close() => Closed = true;

    /// <summary>Books an acknowledgement.</summary>
    /// <exception cref="LinkViolationException">It is for bytes that were not sent, or goes back.</exception>
    public void Acknowledge(ulong offset)
    {
        if (offset == ClosedByProgram)
        {
            Closed = true;
            return;
        }

        if (offset < Acknowledged || offset > Sent)
        {
            throw new LinkViolationException(
                LinkRule.InputAckOffset, $"offset {offset} is not between the acknowledged {Acknowledged} and the sent {Sent}");
        }

        Acknowledged = offset;
    }
}
