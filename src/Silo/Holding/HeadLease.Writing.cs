using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <content>How a lease is written: one write at a time, repeated until the store has answered or the lease has ended.</content>
internal sealed partial class HeadLease
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(2);

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                var due = _options.RenewEvery - _time.GetElapsedTime(Volatile.Read(ref _sent));
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due, _time, _stop.Token);
                    continue;
                }

                await InTurnAsync(() => WriteAsync(head => head, releases: false, _stop.Token));
            }
        }
        catch (Exception exception) when (exception is LeaseLostException or OperationCanceledException)
        {
            // Ended says how it ended.
        }
    }

    /// <summary>Writes of one lease follow one another. Each is over when the lease is, so waiting needs no end of its own.</summary>
    private async Task<SandboxHead> InTurnAsync(Func<Task<SandboxHead>> write)
    {
        var done = new TaskCompletionSource();
        Task before;
        lock (_gate)
        {
            before = _turn;
            _turn = done.Task;
        }

        await before;
        try
        {
            return await write();
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task<SandboxHead> WriteAsync(Func<SandboxHead, SandboxHead> change, bool releases, CancellationToken cancellationToken)
    {
        var write = Guid.NewGuid().ToString("N");
        var firstSent = _time.GetTimestamp();
        for (var pause = _firstPause; ; pause = pause * 2 < _longestPause ? pause * 2 : _longestPause)
        {
            if (releases ? !IsInTerm : !IsHeld) throw Lost();
            var over = _stored;
            var head = change(over.Head) with
            {
                Version = SandboxHead.CurrentVersion,
                Epoch = over.Head.Epoch,
                LeaseEnds = _time.GetUtcNow() + _options.Length,
                LeaseLength = _options.Length,
                Write = write,
            };
            try
            {
                if (await AttemptAsync(head, over.Generation, firstSent, releases, cancellationToken) is { } written) return written;
            }
            catch (Exception exception) when (exception is not (LeaseLostException or ArgumentException) && !cancellationToken.IsCancellationRequested)
            {
                if (!IsInTerm) continue;
                LogFailed(exception, Key, Epoch);
                await PauseAsync(pause, cancellationToken);
            }
        }
    }

    /// <returns>The written head, or null when an earlier write of one's own was found, on which the change comes next.</returns>
    private async Task<SandboxHead?> AttemptAsync(SandboxHead head, string over, long firstSent, bool releases, CancellationToken cancellationToken)
    {
        var sent = _time.GetTimestamp();
        if (await WithinTermAsync(token => _heads.WriteAsync(Key, head, over, token), cancellationToken) is { } stored)
        {
            return Written(stored, sent, releases);
        }

        // Another generation is there: a write of this lease whose answer was lost, or another holder's.
        var found = await WithinTermAsync(token => _heads.ReadAsync(Key, token), cancellationToken);
        if (found is not null && found.Head.Write == head.Write) return Written(found, firstSent, releases);
        if (found is not null && found.Head.IsOf(_self, Epoch))
        {
            Volatile.Write(ref _stored, found);
            return null;
        }

        // While the term runs nobody takes what was not let go, so an earlier attempt of this release has been answered by a new holder.
        End(found switch
        {
            null => new LeaseEnd(LeaseEndKind.Gone),
            _ when releases && IsInTerm => new LeaseEnd(LeaseEndKind.Released),
            _ => new LeaseEnd(LeaseEndKind.Taken, found.Head),
        });
        return releases && Ended.Result.Kind is LeaseEndKind.Released ? head : throw new LeaseLostException(Key, Epoch, Ended.Result);
    }

    private SandboxHead Written(StoredHead stored, long sent, bool releases)
    {
        if (releases)
        {
            Volatile.Write(ref _stored, stored);
            End(new LeaseEnd(LeaseEndKind.Released));
            return stored.Head;
        }

        Extend(stored, sent);
        ThrowIfNotHeld();
        return stored.Head;
    }

    /// <summary>One call of the store, given up after a third of the length or with the lease: a store that hangs is one that fails.</summary>
    private async Task<T> WithinTermAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            return await call(cancel.Token).WaitAsync(_options.RenewEvery, _time, cancel.Token);
        }
        finally
        {
            cancel.Cancel();
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            await Task.Delay(pause, _time, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The lease has ended: the next look says so.
        }
    }

    [LoggerMessage(260, LogLevel.Warning, "The head of {Sandbox} could not be written in epoch {Epoch}; it is tried again until the lease ends")]
    private partial void LogFailed(Exception exception, SandboxKey sandbox, long epoch);
}
