using Sandbox.Grains.Processes;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Sandboxes;

// Through a checkpoint.
internal sealed partial class LiveProcess
{
    private readonly Lock _leftoverGate = new();
    private readonly Dictionary<LinkChannel, ReadOnlyMemory<byte>> _leftovers = [];
    private readonly Dictionary<ProcessChannel, LogPartings> _partings = [];

    /// <summary>A process that goes on from an image.</summary>
    /// <param name="sandbox">Where it runs.</param>
    /// <param name="guest">The program.</param>
    /// <param name="image">What it was.</param>
    /// <param name="logs">Its output logs, filled; from here on its own.</param>
    /// <param name="time">The clock.</param>
    public LiveProcess(LiveSandbox sandbox, GuestProcess guest, LiveProcessImage image, OutputLogs logs, TimeProvider time)
    {
        (_sandbox, _guest, _spec, _arguments, _logs, _time) = (sandbox, guest, image.Spec, image.Arguments, logs, time);
        (_started, _startedAt, _ranBefore) = (image.Started, time.GetTimestamp(), image.Ran);
        (_terminal, _timedOut, _inputEnd, _end) = (image.Terminal, image.TimedOut, image.InputEnd, image.End);
        foreach (var channel in image.Channels)
        {
            if (channel.Leftover.Length > 0) Leave((LinkChannel)channel.Channel, channel.Leftover);
            _partings[channel.Channel] = new LogPartings(channel.Partings);
        }

        _removal = new Lazy<Task>(RemoveAsync);
        _pumps = PumpAsync();
        if (image.End is { } end)
        {
            Ended = Task.FromResult(end);
            return;
        }

        if (image.Spec.Timeout is { } timeout)
        {
            var left = timeout - image.Ran;
            _clock = time.CreateTimer(_ => TimeOut(), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        Ended = EndAsync();
    }

    /// <inheritdoc/>
    public long CommonWith(ProcessChannel channel, long timeline) => PartingsOf(channel).CommonWith(timeline, _logs[channel]?.Offset ?? 0);

    private LogPartings PartingsOf(ProcessChannel channel) => _partings.GetValueOrDefault(channel, LogPartings.None);

    private TimeSpan Ran => _ranBefore + _time.GetElapsedTime(_startedAt);

    /// <summary>Stops taking output from the link. What was taken and has no room in its log is kept.</summary>
    public async Task StopPumpsAsync()
    {
        await _pumping.CancelAsync();
        await _pumps;
    }

    /// <summary>Takes output again.</summary>
    public void StartPumps() => _pumps = PumpAsync();

    /// <summary>What it is while its link is held and its pumps are stopped.</summary>
    /// <param name="directory">Where the pieces of its logs are written; there already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task<LiveProcessImage> SaveAsync(string directory, CancellationToken cancellationToken)
    {
        var channels = new List<LiveChannelImage>();
        foreach (var channel in ChannelsOf(_spec))
        {
            channels.Add(new LiveChannelImage
            {
                Channel = channel,
                Log = await OutputLogFiles.SaveAsync(_logs[channel]!, directory, $"{_guest.Number}-{(int)channel}", cancellationToken),
                Leftover = PeekLeftover((LinkChannel)channel),
                Partings = PartingsOf(channel).All,
            });
        }

        return new LiveProcessImage
        {
            Number = _guest.Number,
            Spec = _spec,
            Arguments = _arguments,
            Pid = _guest.Pid,
            Started = _started,
            Ran = _end?.Ran ?? Ran,
            End = _end,
            Terminal = _terminal,
            InputEnd = _inputEnd,
            InputSent = _guest.InputSent,
            TimedOut = _timedOut,
            Channels = channels,
        };
    }

    private void Leave(LinkChannel channel, ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty) return;
        lock (_leftoverGate) _leftovers[channel] = data;
    }

    private byte[] PeekLeftover(LinkChannel channel)
    {
        lock (_leftoverGate) return _leftovers.TryGetValue(channel, out var data) ? data.ToArray() : [];
    }

    private ReadOnlyMemory<byte>? TakeLeftover(LinkChannel channel)
    {
        lock (_leftoverGate) return _leftovers.Remove(channel, out var data) ? data : default(ReadOnlyMemory<byte>?);
    }
}
