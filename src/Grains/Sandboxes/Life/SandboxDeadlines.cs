namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// When a sandbox's time is over. Idleness is measured on a clock that nobody sets: from the last activity of a client or the end of the last
/// program, whichever is later, and not at all while one runs. The lifetime is a time of day, so that it outlives whoever measures it.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="spec">What was asked for.</param>
/// <param name="created">When the sandbox was created.</param>
internal sealed class SandboxDeadlines(TimeProvider time, SandboxSpec spec, DateTimeOffset created)
{
    private static readonly TimeSpan LeastWarning = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MostWarning = TimeSpan.FromMinutes(5);

    private long _active = time.GetTimestamp();
    private bool _warned;

    /// <summary>When its lifetime is over; null without one.</summary>
    public DateTimeOffset? End { get; } = created + spec.Lifetime;

    /// <summary>When something last counted as activity, on the clock's timestamps.</summary>
    public long Active => _active;

    /// <summary>How long before the end by idleness it is warned of: a tenth, but 10 s at least and 5 min at most, and never over half.</summary>
    public static TimeSpan WarningOf(TimeSpan idleTimeout)
    {
        var tenth = idleTimeout / 10;
        var warning = tenth < LeastWarning ? LeastWarning : tenth > MostWarning ? MostWarning : tenth;
        return warning < idleTimeout / 2 ? warning : idleTimeout / 2;
    }

    /// <summary>Something happened that counts as activity.</summary>
    public void Touch()
    {
        _active = time.GetTimestamp();
        _warned = false;
    }

    /// <summary>When the sandbox ends if nothing happens before; null when nothing is due.</summary>
    /// <param name="busy">Whether a program runs.</param>
    public DateTimeOffset? Expires(bool busy)
    {
        var idle = busy || spec.IdleTimeout is not { } timeout ? null : (DateTimeOffset?)(time.GetUtcNow() + Left(timeout));
        return idle is null || End < idle ? End : idle;
    }

    /// <summary>What is due now. A warning is due once, until something happens.</summary>
    /// <param name="busy">Whether a program runs.</param>
    public SandboxDue Check(bool busy)
    {
        if (End <= time.GetUtcNow()) return SandboxDue.LifetimeOver;
        if (busy) Touch();
        if (busy || spec.IdleTimeout is not { } timeout) return SandboxDue.Nothing;
        var left = Left(timeout);
        if (left <= TimeSpan.Zero) return SandboxDue.IdleForTooLong;
        if (_warned || left > WarningOf(timeout)) return SandboxDue.Nothing;
        _warned = true;
        return SandboxDue.IdleWarning;
    }

    /// <summary>How long from now until something may be due; null for never. Activity makes it later, never earlier.</summary>
    /// <param name="busy">Whether a program runs.</param>
    public TimeSpan? Next(bool busy)
    {
        TimeSpan? next = End - time.GetUtcNow();
        if (spec.IdleTimeout is { } timeout)
        {
            // While a program runs the timeout has not begun; it cannot be over sooner than if it began now.
            var left = busy ? timeout : Left(timeout);
            if (!_warned) left -= WarningOf(timeout);
            if (next is null || left < next) next = left;
        }

        return next < TimeSpan.Zero ? TimeSpan.Zero : next;
    }

    private TimeSpan Left(TimeSpan timeout) => timeout - time.GetElapsedTime(_active);
}

/// <summary>What is due in a sandbox's life.</summary>
internal enum SandboxDue
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>It will be ended soon for being idle.</summary>
    IdleWarning,

    /// <summary>It was idle for too long.</summary>
    IdleForTooLong,

    /// <summary>Its lifetime is over.</summary>
    LifetimeOver,
}
