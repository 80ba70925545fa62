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

    /// <summary>
    /// Asks the agent for a sign of life again and again, and ends the link when it gives none any more: gVisor may hang as a whole. Counts questions instead of
    /// looking at a clock: a host that itself stood still finds the answer before it has asked again. Ends with the link, and never fails.
    /// </summary>
    /// <param name="every">How long it waits for an answer, and how long after one it asks again.</param>
    /// <param name="questions">So many without an answer, one after the other, end the link.</param>
    /// <param name="standsStill">Whether the container cannot answer now, because the host has stopped it.</param>
    public async Task WatchAsync(TimeSpan every, int questions, Func<bool> standsStill)
    {
        for (var silent = 0; silent < questions;)
        {
            try
            {
                await PingAsync(CancellationToken.None).WaitAsync(every, _time);
                silent = 0;
                await ((Task)Ended).WaitAsync(every, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (TimeoutException)
            {
                silent = standsStill() || _state.Phase != LinkPhase.Ready ? 0 : silent + 1;
            }
            catch (LinkException)
            {
                return;
            }
        }

        End(new LinkEnd(LinkEndKind.GuestFailed, $"The sandbox does not answer: its agent gave no sign of life for {(every * questions).TotalSeconds} s."));
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
