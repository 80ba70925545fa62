using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Processes.Output;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>
/// Sends a client what a program writes, and returns when it has ended. It begins behind the last byte that a client was sent, which the output log
/// itself keeps, also through a checkpoint: the protocol has no offsets.
/// </summary>
internal sealed class ProgramOutput(SessionServices services, ISandboxGrain sandbox, string id, SandboxSocket socket, CancellationToken ending)
{
    /// <summary>How long a channel gets to end behind its program. What a program left behind may hold it open for ever.</summary>
    private static readonly TimeSpan s_drains = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(20);

    /// <exception cref="CallException">The program cannot be followed, or not any more.</exception>
    public async Task RunAsync()
    {
        var process = (await sandbox.DescribeProcessAsync(id)).ValueOrThrow();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ending);
        var readers = process.Channels.Select(channel => new Reader(this, channel, stopping.Token)).ToArray();
        var reading = Task.WhenAll(readers.Select(reader => reader.RunAsync()));
        try
        {
            await WaitAsync(reading);
            while (await Task.WhenAny(reading, Task.Delay(s_drains, ending)) != reading)
            {
                ending.ThrowIfCancellationRequested();

                // Another program holds what is open still. What was written until now is the program's.
                var channels = (await sandbox.DescribeProcessAsync(id)).ValueOrThrow().Channels;
                if (readers.All(reader => reader.HasAll(channels))) break;
            }
        }
        finally
        {
            await stopping.CancelAsync();
        }

        await reading;
    }

    /// <summary>Waits until the program has ended.</summary>
    private async Task WaitAsync(Task reading)
    {
        while ((await sandbox.WaitAsync(id, s_wait, ending)).ValueOrThrow().End is null)
        {
            // A reader that cannot go on says why.
            if (reading.IsFaulted) await reading;
        }
    }

    /// <summary>One channel's way to the client.</summary>
    private sealed class Reader(ProgramOutput output, ChannelDescription channel, CancellationToken stopping)
    {
        private readonly string _name = WireNames.Of(channel.Channel);
        private readonly OutputText _text = new();
        private long _offset = Math.Max(channel.Acknowledged, channel.Start);
        private volatile bool _ended;

        /// <summary>Whether all was sent that the channel has now, and it is open still.</summary>
        public bool HasAll(ChannelDescription[] channels) =>
            _ended || (Array.Find(channels, now => now.Channel == channel.Channel) is { Ended: false } open && Volatile.Read(ref _offset) >= open.Offset);

        public async Task RunAsync()
        {
            var request = new OutputRequest(output.ProcessId, channel.Channel, new OutputCursor(Timeline: null, _offset), Follow: true);
            await using var acknowledger = new OutputAcknowledger(output.Sandbox, request, output.Logger);
            try
            {
                await foreach (var item in acknowledger.WatchAsync(OutputSource.ReadAsync(output.Sandbox, request, output.Time, stopping), stopping))
                {
                    if (item is not OutputData data) continue;
                    await SendAsync(_text.Take(data.Data));
                    Volatile.Write(ref _offset, data.Offset + data.Data.Length);

                    // What is half a character is sent again, whole.
                    acknowledger.Acknowledge(_offset - _text.Kept);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !output.IsEnding)
            {
                // The rest is not this program's.
            }

            _ended = true;
            await SendAsync(_text.End());
        }

        private Task SendAsync(string text) => text.Length == 0 ? Task.CompletedTask : output.SendAsync(_name, text);
    }

    private string ProcessId => id;

    private ISandboxGrain Sandbox => sandbox;

    private TimeProvider Time => services.Time;

    private Microsoft.Extensions.Logging.ILogger Logger => services.Logger;

    private bool IsEnding => ending.IsCancellationRequested;

    private Task SendAsync(string stream, string text) => socket.SendAsync(ServerMessage.Output(stream, text), ending);
}
