namespace Sandbox.Silo.Link;

// Through a checkpoint.
internal sealed partial class GuestProcess
{
    /// <summary>A process of a link that goes on from an image.</summary>
    public GuestProcess(GuestLink link, LinkWriter writer, ProcessImage image)
    {
        (_link, _start, Number, Pid) = (link, image.Start, image.Number, image.Pid);
        _state = new ProcessState(image);
        _outbox = new Outbox(image.Number, writer);
        _feeds = NewFeeds(image.Start);
        foreach (var channel in image.Channels)
        {
            if (channel.Waiting.Length > 0)
            {
                FeedOf(channel.Channel).Queue.Add(channel.Channel, channel.Waiting);
            }
        }

        _started.SetResult(this);
        if (image.Exit is { } exit)
        {
            _exited.SetResult(exit);
        }

        if (image.Phase == ProcessPhase.Drained)
        {
            _drained.SetResult();
        }
    }

    /// <summary>What it is while its link is held and nobody reads.</summary>
    public ProcessImage ToImage()
    {
        lock (_gate)
        {
            return new ProcessImage
            {
                Number = Number,
                Id = Id,
                Pid = Pid,
                Phase = _state.Phase,
                Exit = _exited.Task.IsCompletedSuccessfully ? _exited.Task.Result : null,
                Start = _start,
                Pour = _state.Pour,
                InputSent = _state.Input.Sent,
                InputAcknowledged = _state.Input.Acknowledged,
                InputClosed = _state.Input.Closed,
                Channels =
                [
                    .. Enumerable.Range(0, Channels).Select(channel => (LinkChannel)channel).Where(_state.Has).Select(channel => new ChannelImage
                    {
                        Channel = channel,
                        Taken = _state.TakenOf(channel),
                        Waiting = FeedOf(channel).Queue.Peek(channel),
                        Ended = _state.EndedOf(channel),
                    }),
                ],
            };
        }
    }

    /// <summary>Tells the guest again what was taken.</summary>
    internal void AcknowledgeTaken()
    {
        lock (_gate)
        {
            foreach (var channel in Enumerable.Range(0, Channels).Select(channel => (LinkChannel)channel).Where(_state.Has))
            {
                _outbox.Acknowledge(channel, _state.AcknowledgeTaken(channel));
            }
        }
    }

    private static OutputFeed[] NewFeeds(ProcessStart start) =>
        [.. Enumerable.Range(0, start.ChannelsApart ? Channels : 1).Select(_ => new OutputFeed())];
}
