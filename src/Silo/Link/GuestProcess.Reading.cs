using System.Runtime.CompilerServices;

namespace Sandbox.Silo.Link;

// The half that readers of its output drive.
internal sealed partial class GuestProcess
{
    private const int Channels = 5;

    /// <summary>
    /// Completes, and never fails, when the readers of all channels have come for more after they got all that the process itself wrote. Needs readers.
    /// Completes too when the link ends, or the process is disposed, and they came for more after what had come before.
    /// </summary>
    public Task CaughtUp => Task.WhenAll(
        Enumerable.Range(0, Channels).Where(channel => _state.Has((LinkChannel)channel)).Select(channel => FeedOf((LinkChannel)channel).CaughtUp.Task));

    /// <summary>
    /// Reads the output of all channels in order of arrival. What is read is acknowledged by and by; whoever stops reading stops the
    /// program, once 262,144 bytes of a channel wait. May be called again after an enumeration that was given up, and goes on where that
    /// one was; two at once is an error. Not with <see cref="ProcessStart.ChannelsApart"/>.
    /// </summary>
    /// <param name="until">How far.</param>
    /// <param name="cancellationToken">Gives up; nothing is lost.</param>
    /// <exception cref="LinkException">The link ended; thrown after everything that came before.</exception>
    public IAsyncEnumerable<OutputChunk> ReadOutputAsync(OutputUntil until = OutputUntil.Drained, CancellationToken cancellationToken = default) =>
        _start.ChannelsApart
            ? throw new InvalidOperationException($"The channels of process {Id} are read apart.")
            : ReadAsync(_feeds[0], channel: null, until, cancellationToken);

    /// <summary>
    /// Reads the output of one channel until it has ended, as <see cref="ReadOutputAsync"/> does of all: whoever stops reading stops what writes to this
    /// channel, and no other. Only with <see cref="ProcessStart.ChannelsApart"/>.
    /// </summary>
    public IAsyncEnumerable<OutputChunk> ReadChannelAsync(LinkChannel channel, CancellationToken cancellationToken) =>
        _start.ChannelsApart && _state.Has(channel)
            ? ReadAsync(FeedOf(channel), channel, OutputUntil.Ended, cancellationToken)
            : throw new InvalidOperationException($"Channel {channel} of process {Id} is not read apart, or there is none.");

    private OutputFeed FeedOf(LinkChannel channel) => _feeds[_start.ChannelsApart ? (int)channel : 0];

    private void WakeReaders()
    {
        foreach (var feed in _feeds)
        {
            feed.Pulse.Set();
        }
    }

    private async IAsyncEnumerable<OutputChunk> ReadAsync(
        OutputFeed feed, LinkChannel? channel, OutputUntil until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (feed.Reading)
            {
                throw new InvalidOperationException($"The output of process {Id} is being read already; one reader at a time.");
            }

            feed.Reading = true;
        }

        try
        {
            while (true)
            {
                if (TryTake(feed, channel, until, out var chunk, out var over))
                {
                    yield return chunk;
                }
                else if (over)
                {
                    yield break;
                }
                else
                {
                    await feed.Pulse.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                feed.Reading = false;
            }
        }
    }

    private bool TryTake(OutputFeed feed, LinkChannel? apart, OutputUntil until, out OutputChunk chunk, out bool over)
    {
        lock (_gate)
        {
            if (!_disposed && feed.Queue.TryTake(out var channel, out var data))
            {
                over = false;
                chunk = new OutputChunk(channel, _state.TakenOf(channel), data);
                Taken(channel, data.Length);
                ForgetIfDone();
                return true;
            }

            chunk = default;
            over = until == OutputUntil.Drained ? _state.Phase == ProcessPhase.Drained
                : apart is { } one ? _state.EndedOf(one)
                : _state.OutputEnded;
            if (over || _disposed || _linkEnd is not null || _state.Phase == ProcessPhase.Drained)
            {
                _ = feed.CaughtUp.TrySetResult();
            }

            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!over)
            {
                ThrowIfOver();
            }

            return false;
        }
    }
}
