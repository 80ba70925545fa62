namespace Sandbox.Silo.Link;

/// <summary>The book of one output channel: what came, what the reader took, what the guest was told.</summary>
internal sealed class OutputOffsets
{
    public OutputOffsets()
    {
    }

    /// <summary>Goes on from an image.</summary>
    public OutputOffsets(ChannelImage image)
    {
        Taken = Acknowledged = image.Taken;
        Received = image.Taken + (ulong)image.Waiting.Length;
        Ended = image.Ended;
    }

    /// <summary>The end of what has come.</summary>
    public ulong Received { get; private set; }

    /// <summary>The end of what the reader has taken.</summary>
    public ulong Taken { get; private set; }

    /// <summary>The end of what was acknowledged.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>Whether the guest said that nothing more will come.</summary>
    public bool Ended { get; private set; }

    /// <summary>Books bytes that came.</summary>
    /// <exception cref="LinkViolationException">They are not the next ones, run over the window, or come after the end.</exception>
    public void Receive(ulong offset, int length)
    {
        ThrowIfEnded();
        ThrowIfNotNext(offset);
        if (Received + (ulong)length > Acknowledged + LinkLimits.OutputWindow)
        {
            throw new LinkViolationException(
                LinkRule.OutputBeyondWindow,
                $"output up to {Received + (ulong)length} is over the {LinkLimits.OutputWindow} bytes that may follow the acknowledged {Acknowledged}");
        }

        Received += (ulong)length;
    }

    /// <summary>Books the end of the channel.</summary>
    /// <exception cref="LinkViolationException">It is the second one, or not where the bytes ended.</exception>
    public void End(ulong offset)
    {
        ThrowIfEnded();
        ThrowIfNotNext(offset);
        Ended = true;
    }

    /// <summary>Books bytes that the reader took, in order.</summary>
    /// <returns>Whether it is time to acknowledge.</returns>
    public bool Take(int length)
    {
        Taken += (ulong)length;
        return Taken - Acknowledged >= LinkLimits.OutputAcknowledgeStep;
    }

    /// <summary>Acknowledges everything taken.</summary>
    /// <returns>The offset to tell the guest.</returns>
    public ulong Acknowledge() => Acknowledged = Taken;

    private void ThrowIfEnded()
    {
        if (Ended)
        {
            throw new LinkViolationException(LinkRule.OutputAfterEnd, $"the channel ended at {Received}");
        }
    }

    private void ThrowIfNotNext(ulong offset)
    {
        if (offset != Received)
        {
            throw new LinkViolationException(LinkRule.OutputOffset, $"offset {offset} is not {Received}, the end of the output before it");
        }
    }
}
