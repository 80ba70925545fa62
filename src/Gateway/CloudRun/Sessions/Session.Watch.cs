using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Sandboxes.Events;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <content>What becomes of the sandbox without the client's doing, by its events.</content>
internal sealed partial class Session
{
    private async Task WatchAsync()
    {
        try
        {
            if (await TryAsync(FollowAsync) is { } failure) await EndAsync(CloseCode.Failed, StatusNames.Error, failure);
        }
        catch (OperationCanceledException)
        {
            // The session has ended.
        }
    }

    private async Task FollowAsync()
    {
        long since = 0;
        await foreach (var past in EventSource.ReadAsync(_sandbox, new EventRequest(Since: 0, Follow: false), _ending.Token)) since = past.Sequence ?? past.To ?? since;

        // What happened before the first event that is followed.
        if ((await _sandbox.DescribeAsync()).Value is { } now && !_acts && SessionEvents.OfStatus(now.Status, _toldDeleting) is { } missed)
        {
            _toldDeleting |= now.Status is SandboxStatus.Deleting;
            await TellAsync(missed);
        }

        await foreach (var happened in EventSource.ReadAsync(_sandbox, new EventRequest(since, Follow: true), _ending.Token))
        {
            // A removal that failed is tried again, which is no news.
            if (_toldDeleting && happened.Type == "deleting") continue;
            if (!_acts && SessionEvents.Of(happened, _flags) is { } told) await TellAsync(told);
        }
    }

    /// <summary>Whether somebody removes it, which this tells its client.</summary>
    private async Task<bool> IsGoingAsync() => (await _sandbox.DescribeAsync()).Value is { Status: SandboxStatus.Deleting or SandboxStatus.Deleted };

    private async Task TellAsync(SessionNews news)
    {
        foreach (var status in news.Statuses[..^1]) await _socket.StatusAsync(status);
        var last = news.Statuses[^1];
        if (news.Close is not { } code)
        {
            await _socket.StatusAsync(last);
            return;
        }

        // Whoever lost it to another host lost the lock.
        if (news.IsLoss && _flags.Handoff && (await _sandbox.DescribeAsync()).Value is { Away: true }) last = StatusNames.LockRenewalError;
        await EndAsync(code, last, news.Error);
    }
}
