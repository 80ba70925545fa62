namespace Sandboxes.Hub;

/// <summary>How long to pause before an attempt: doubled each time up to a bound, and shortened at random so that many clients do not come back at once.</summary>
internal sealed class Backoff(Random random, TimeSpan first, TimeSpan most)
{
    private int _attempts;

    public Backoff()
        : this(Random.Shared, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10))
    {
    }

    /// <summary>Consecutive attempts so far.</summary>
    public int Attempts => _attempts;

    /// <summary>It went well: the next pause is the first one again.</summary>
    public void Reset() => _attempts = 0;

    /// <summary>The next pause: between a half and the whole of its bound, but the first attempt comes within a fifth of it, since most losses are short.</summary>
    public TimeSpan Next()
    {
        var attempt = _attempts++;
        if (attempt == 0) return first * 0.2 * random.NextDouble();
        var bound = Math.Min(first.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 30)), most.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(bound * (0.5 + (random.NextDouble() / 2)));
    }
}
