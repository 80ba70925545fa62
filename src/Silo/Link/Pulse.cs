using System.Threading.Channels;

namespace Sandbox.Silo.Link;

/// <summary>
/// Wakes one waiter: any number of <see cref="Set"/> before it waits are one. The waiter looks again at what it waits for, and never runs
/// on the thread that woke it.
/// </summary>
internal sealed class Pulse
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Wakes the waiter, or the next one that comes.</summary>
    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Waits for a <see cref="Set"/> that no one has waited for.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.ReadAsync(cancellationToken);
}
