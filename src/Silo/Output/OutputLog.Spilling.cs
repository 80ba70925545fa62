namespace Sandbox.Silo.Output;

/// <summary>
/// The way to the disk. One step at a time is posted to the writer: it deletes what fell out, writes the next bytes, and posts the next step
/// while there is more to do. Whatever changes is decided by the window under the gate; only the I/O is outside.
/// </summary>
internal sealed partial class OutputLog
{
    private readonly TaskCompletionSource _spillingEnded = NewWaiter();
    private readonly List<LogSegment> _dropped = new(0);
    private bool _stepPosted;
    private bool _hasFiles;
    private bool _diskFailed;
    private long _diskFailedAt;
    private bool _saidWriteFailed;
    private bool _saidDeleteFailed;

    private bool DiskUsable => !_diskFailed || _time.GetElapsedTime(_diskFailedAt) >= _options.DiskRetry;

    // The members from here to SpillStep, and Finish, are called with the gate held.

    private void StartSpilling()
    {
        if (_stepPosted || _disposed || !(_dropped.Count > 0 || (_window.CanSpill && DiskUsable))) return;
        _stepPosted = true;
        _writer.Post(SpillStep);
    }

    private void EndSpilling()
    {
        // A step that is posted finds out by itself.
        if (_stepPosted) return;
        if (_hasFiles) _writer.Post(SpillStep);
        else _spillingEnded.SetResult();
    }

    private void DropFromMemory(int wanted)
    {
        var known = _dropped.Count;
        _window.DropFromMemory(wanted, _dropped);
        _memory.Release(_window.MemoryStart);
        for (var i = known; i < _dropped.Count; i++) _budget.Return(_dropped[i].Length);
    }

    private SpillPlan? PlanSpill()
    {
        if (!DiskUsable) return null;
        var known = _dropped.Count;
        var plan = _window.PlanSpill(_dropped);
        for (var i = known; i < _dropped.Count; i++) _budget.Return(_dropped[i].Length);
        if (plan is not { } next || _budget.TryTake(next.Count)) return plan;
        if (!_saidWriteFailed) LogBudgetSpent(_setup.Directory, _setup.Name);
        _saidWriteFailed = true;
        WriteFailed();
        return null;
    }

    /// <summary>A full disk may have room once the oldest file is gone; without one the log does without the disk for a while.</summary>
    private void WriteFailed()
    {
        if (_window.DropOldest() is { } oldest)
        {
            _dropped.Add(oldest);
            _budget.Return(oldest.Length);
            return;
        }

        _diskFailed = true;
        _diskFailedAt = _time.GetTimestamp();
    }

    private void SpillStep()
    {
        SpillPlan? plan;
        ReadOnlyMemory<byte>[] data = [];
        LogSegment[] dropped;
        lock (_gate)
        {
            if (_disposed)
            {
                RemoveFiles();
                return;
            }

            plan = PlanSpill();
            if (plan is { } planned)
            {
                data = _memory.Slice(planned.Offset, planned.Count);
                _hasFiles = true;
            }

            dropped = [.. _dropped];
            _dropped.Clear();
        }

        foreach (var segment in dropped) Delete(segment);
        var failure = plan is { } toWrite ? Write(toWrite, data) : null;
        lock (_gate)
        {
            if (plan is { } written) Finish(written, failure);
            _stepPosted = false;
            if (_disposed) EndSpilling();
            else StartSpilling();
            Wake(ref _appender);
        }
    }

    private Exception? Write(SpillPlan plan, ReadOnlyMemory<byte>[] data)
    {
        try
        {
            _files!.Write(plan, data);
            return null;
        }
        catch (Exception e)
        {
            // Whatever it is, the log lives on without the disk, and an exception would end the writer's thread and the host with it.
            return e;
        }
    }

    private void Finish(SpillPlan plan, Exception? failure)
    {
        if (failure is null)
        {
            _diskFailed = false;
            _window.Spilled(plan);
            _memory.Release(_window.MemoryStart);
            if (_window.Ended) _memory.Trim();
            return;
        }

        _budget.Return(plan.Count);
        WriteFailed();
        if (!_saidWriteFailed) LogWriteFailed(failure, _setup.Directory, _setup.Name);
        _saidWriteFailed = true;
    }

    private void Delete(LogSegment segment)
    {
        try
        {
            _files!.Delete(segment.Start);
        }
        catch (Exception e)
        {
            // Disposing tries again; until then the file takes room on the disk and nothing else.
            if (!_saidDeleteFailed) LogDeleteFailed(e, _setup.Directory, _setup.Name);
            _saidDeleteFailed = true;
        }
    }

    /// <summary>The last step. Nothing else touches the files any more; readers that have one open close it themselves.</summary>
    private void RemoveFiles()
    {
        try
        {
            _files!.DeleteAll();
        }
        catch (Exception e)
        {
            // Who owns the directory removes it with what is left.
            LogDeleteFailed(e, _setup.Directory, _setup.Name);
        }

        _budget.Return(_window.OnDisk);
        _spillingEnded.SetResult();
    }
}
