namespace Sandbox.Silo.Link;

/// <summary>
/// Which frame about a process is legal when, and the offsets of its channels. Pure: it is told of every frame, and throws a
/// <see cref="LinkViolationException"/> at one that cannot be. Not thread-safe; its owner locks.
/// </summary>
internal sealed class ProcessState
{
    private readonly OutputOffsets?[] _outputs = new OutputOffsets?[5];
    private bool _resultWanted;
    private bool _lateAnswer;

    /// <summary>The state after START was sent.</summary>
    /// <param name="start">What was asked.</param>
    public ProcessState(ProcessStart start)
    {
        if (start.Terminal is null)
        {
            _outputs[(int)LinkChannel.Stdout] = new OutputOffsets();
            _outputs[(int)LinkChannel.Stderr] = new OutputOffsets();
        }
        else
        {
            _outputs[(int)LinkChannel.Terminal] = new OutputOffsets();
        }

        _resultWanted = start.ResultChannel;
        if (start.ResultChannel || start.Mould?.ResultPath is not null)
        {
            _outputs[(int)LinkChannel.Result] = new OutputOffsets();
        }

        Pour = start.Mould is null ? PourPhase.NoMould : PourPhase.Waiting;
        if (start.StdinClosed)
        {
            Input.Close();
        }
    }

    /// <summary>Goes on from an image.</summary>
    public ProcessState(ProcessImage image)
        : this(image.Start)
    {
        (Phase, Pour, Input) = (image.Phase, image.Pour, new InputOffsets(image));
        foreach (var channel in image.Channels)
        {
            _outputs[(int)channel.Channel] = new OutputOffsets(channel);
        }
    }

    /// <summary>How far the process is.</summary>
    public ProcessPhase Phase { get; private set; }

    /// <summary>How far it is as a mould.</summary>
    public PourPhase Pour { get; private set; }

    /// <summary>The offsets of its stdin.</summary>
    public InputOffsets Input { get; } = new();

    /// <summary>Whether every channel that was asked for has ended.</summary>
    public bool OutputEnded
    {
        get
        {
            for (var channel = 0; channel < _outputs.Length; channel++)
            {
                if (_outputs[channel] is { Ended: false } && (channel != (int)LinkChannel.Result || _resultWanted))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Whether the process is over as far as its own frames go, so that the host may say FORGET.</summary>
    public bool MayForget => Phase == ProcessPhase.Drained;

    /// <summary>STARTED.</summary>
    /// <param name="known">The id was started before, under another number.</param>
    public void Started(bool known)
    {
        ThrowUnless(Phase == ProcessPhase.Starting, LinkRule.UnaskedAnswer, "its START was answered before");
        Phase = known ? ProcessPhase.NeverRan : ProcessPhase.Running;
    }

    /// <summary>START_FAILED.</summary>
    /// <returns>What it answers.</returns>
    public StartFailedTo StartFailed()
    {
        if (Phase == ProcessPhase.Starting)
        {
            Phase = ProcessPhase.NeverRan;
            return StartFailedTo.Start;
        }

        if (_lateAnswer)
        {
            _lateAnswer = false;
            return StartFailedTo.Nothing;
        }

        ThrowUnless(Pour == PourPhase.Pouring, LinkRule.UnaskedAnswer, "neither a START nor a POUR waits for an answer");
        Pour = PourPhase.Waiting;
        return StartFailedTo.Pour;
    }

    /// <summary>The host sends POUR.</summary>
    /// <returns>False when the process is no waiting mould.</returns>
    public bool TryPour(bool resultWanted)
    {
        if (Pour != PourPhase.Waiting || Phase != ProcessPhase.Running)
        {
            return false;
        }

        Pour = PourPhase.Pouring;
        _resultWanted = resultWanted;
        return true;
    }

    /// <summary>POURED.</summary>
    public void Poured()
    {
        ThrowUnless(Pour == PourPhase.Pouring, LinkRule.UnaskedAnswer, "no POUR waits for an answer");
        Pour = PourPhase.Poured;
    }

    /// <summary>OUTPUT.</summary>
    public void Output(byte channel, ulong offset, int length) => OfChannel(channel).Receive(offset, length);

    /// <summary>OUTPUT_END.</summary>
    public void OutputEnd(byte channel, ulong offset) => OfChannel(channel).End(offset);

    /// <summary>The reader took bytes of a channel.</summary>
    /// <returns>The offset to acknowledge now, or null when it is not time yet.</returns>
    public ulong? Take(LinkChannel channel, int length)
    {
        var offsets = _outputs[(int)channel]!;
        return offsets.Take(length) ? offsets.Acknowledge() : null;
    }

    /// <summary>Acknowledges all that the reader has taken.</summary>
    /// <returns>The offset to tell the guest.</returns>
    public ulong AcknowledgeTaken(LinkChannel channel) => _outputs[(int)channel]!.Acknowledge();

    /// <summary>The end of what the reader took of a channel.</summary>
    public ulong TakenOf(LinkChannel channel) => _outputs[(int)channel]!.Taken;

    /// <summary>Whether the process has an output channel.</summary>
    public bool Has(LinkChannel channel) => _outputs[(int)channel] is not null;

    /// <summary>Whether an output channel has ended.</summary>
    public bool EndedOf(LinkChannel channel) => _outputs[(int)channel]!.Ended;

    /// <summary>INPUT_ACK.</summary>
    public void InputAck(ulong offset)
    {
        ThrowIfNotStarted();
        Input.Acknowledge(offset);
    }

    /// <summary>EXIT.</summary>
    /// <returns>True when it is the answer to a POUR too: the mould ended first.</returns>
    public bool Exit()
    {
        ThrowIfNotStarted();
        ThrowUnless(Phase == ProcessPhase.Running, LinkRule.ExitTwice, "its exit was reported before");
        Phase = ProcessPhase.Exited;
        if (Pour != PourPhase.Pouring)
        {
            return false;
        }

        // The POUR may have met the end of the mould on the agent's side of it, and then it is refused as well.
        _lateAnswer = true;
        Pour = PourPhase.Waiting;
        return true;
    }

    /// <summary>DRAINED.</summary>
    public void Drained()
    {
        ThrowIfNotStarted();
        ThrowUnless(Phase != ProcessPhase.Running, LinkRule.DrainedBeforeExit, "the process has not exited");
        ThrowUnless(Phase == ProcessPhase.Exited, LinkRule.DrainedTwice, "it was drained before");
        Phase = ProcessPhase.Drained;
    }

    private OutputOffsets OfChannel(byte channel)
    {
        ThrowIfNotStarted();
        return (channel < _outputs.Length ? _outputs[channel] : null)
            ?? throw new LinkViolationException(LinkRule.WrongChannel, $"the process has no output channel {channel}");
    }

    private void ThrowIfNotStarted() =>
        ThrowUnless(Phase is not (ProcessPhase.Starting or ProcessPhase.NeverRan), LinkRule.NotStarted, "the process has not started");

    private static void ThrowUnless(bool legal, LinkRule rule, string detail)
    {
        if (!legal)
        {
            throw new LinkViolationException(rule, detail);
        }
    }
}
