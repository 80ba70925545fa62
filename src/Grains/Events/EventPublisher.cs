using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Sandbox.Grains.Events;

/// <summary>
/// Puts a sandbox's events into its owner's stream, behind the grain's back: no call waits for it. At most 1,000 wait; beyond that the oldest
/// are lost to the stream (not to the log). Used in the turns of one grain.
/// </summary>
internal sealed partial class EventPublisher(IAsyncStream<SandboxNotice> stream, string sandboxId, ILogger logger)
{
    private const int MostWaiting = 1_000;

    private readonly Queue<SandboxEvent> _waiting = new();
    private bool _publishing;

    /// <summary>Publishes an event after those before it.</summary>
    public void Publish(SandboxEvent happened)
    {
        if (_waiting.Count == MostWaiting) _waiting.Dequeue();
        _waiting.Enqueue(happened);

        // Sees its own failures.
        if (!_publishing) _ = PublishAsync();
    }

    private async Task PublishAsync()
    {
        _publishing = true;
        while (_waiting.TryDequeue(out var happened))
        {
            try
            {
                await stream.OnNextAsync(new SandboxNotice { SandboxId = sandboxId, Event = happened });
            }
            catch (Exception e)
            {
                // Whatever it is, watchers notice by the numbers, and the sandbox must not suffer from it.
                LogLost(e, happened.Sequence, sandboxId);
            }
        }

        _publishing = false;
    }

    [LoggerMessage(300, LogLevel.Warning, "Event {Sequence} of sandbox {Sandbox} did not reach the stream; it is in the sandbox's log")]
    private partial void LogLost(Exception exception, long sequence, string sandbox);
}
