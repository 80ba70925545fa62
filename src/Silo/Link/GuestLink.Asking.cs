namespace Sandbox.Silo.Link;

// What the host asks the agent itself. One question of a kind is on its way at most, and its answer is everyone's who asked meanwhile.
internal sealed partial class GuestLink
{
    /// <summary>Asks the agent for a sign of life. Calls at the same time share one PING.</summary>
    /// <returns>How long the answer took.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        Task pong;
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end.ToException();
            }

            if (_state.TryPing(out var value))
            {
                _pong = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = _outbox.AddUrgent(FrameWriter.Ping(value));
            }

            pong = _pong.Task;
        }

        await pong.WaitAsync(cancellationToken);
        return _time.GetElapsedTime(since);
    }

    /// <summary>Asks the agent what the sandbox's files take. Calls at the same time share one DISK.</summary>
    /// <param name="deadline">How long to wait: a guest that is frozen or overloaded does not answer, and is asked nothing more until it has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer, or null when it did not come in time.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<DiskUsage?> AskDiskAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        Task<DiskUsage> answer;
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end.ToException();
            }

            if (_state.TryAskDisk())
            {
                _disk = new TaskCompletionSource<DiskUsage>(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = _outbox.AddUrgent(FrameWriter.Disk());
            }

            answer = _disk.Task;
        }

        try
        {
            return await answer.WaitAsync(deadline, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
