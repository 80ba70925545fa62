using Sandbox.Grains.Processes;

namespace Sandbox.Silo.Output;

/// <summary>The output logs of one process, by channel, in a directory of its own. Thread-safe.</summary>
internal sealed class OutputLogs : IAsyncDisposable
{
    private readonly (ProcessChannel Channel, OutputLog Log)[] _logs;
    private readonly string? _directory;

    /// <param name="channels">The channels, each once.</param>
    /// <param name="directory">Where the files lie, for this process alone, or null for memory alone. Made when it is needed, and removed.</param>
    /// <param name="policy">What happens when a log is full.</param>
    /// <param name="timeline">The history that the offsets belong to.</param>
    /// <param name="disk">What is shared with other processes.</param>
    /// <param name="startOf">The first offset of each log; null for 0.</param>
    public OutputLogs(
        IEnumerable<ProcessChannel> channels, string? directory, FullLogPolicy policy, long timeline, OutputDisk disk, Func<ProcessChannel, long>? startOf = null)
    {
        _directory = directory;
        _logs = [.. channels.Select(channel => (channel, disk.CreateLog(Setup(channel))))];

        OutputLogSetup Setup(ProcessChannel channel) => new()
        {
            Name = channel switch
            {
                ProcessChannel.Stdout => "stdout",
                ProcessChannel.Stderr => "stderr",
                ProcessChannel.Terminal => "terminal",
                _ => $"channel-{(byte)channel}",
            },
            Directory = directory,
            Policy = policy,
            Timeline = timeline,
            Start = startOf?.Invoke(channel) ?? 0,
        };
    }

    /// <summary>The log of a channel, or null when the process has no such channel.</summary>
    public OutputLog? this[ProcessChannel channel] => Array.Find(_logs, entry => entry.Channel == channel).Log;

    /// <summary>Describes them, in the order of the channels given.</summary>
    public ChannelDescription[] Describe() =>
        Array.ConvertAll(_logs, entry =>
        {
            var (start, offset, ended) = entry.Log.Extent;
            return new ChannelDescription { Channel = entry.Channel, Start = start, Offset = offset, Ended = ended, Acknowledged = entry.Log.Acknowledged };
        });

    /// <summary>Nothing more will come on any channel.</summary>
    public void Complete()
    {
        foreach (var (_, log) in _logs) log.Complete();
    }

    /// <summary>Ends every read and append, and deletes the files and their directory.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, log) in _logs) await log.DisposeAsync();
        try
        {
            if (Directory.Exists(_directory)) Directory.Delete(_directory);
        }
        catch (IOException)
        {
            // Not empty: a file could not be deleted, which its log has said. It goes with the sandbox's directory.
        }
    }
}
