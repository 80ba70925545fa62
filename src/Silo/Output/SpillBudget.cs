namespace Sandbox.Silo.Output;

/// <summary>
/// The disk bytes that many logs may take together: those of a process, of a sandbox, of a host. A log that gets none drops its own oldest, or
/// makes its program wait, as on a full disk. Thread-safe.
/// </summary>
/// <param name="bytes">How many.</param>
/// <param name="parent">A wider budget that bounds this one too.</param>
internal sealed class SpillBudget(long bytes, SpillBudget? parent = null)
{
    private long _taken;

    /// <summary>A budget that bounds nothing.</summary>
    public static SpillBudget Unlimited { get; } = new(long.MaxValue);

    /// <summary>Bytes taken now.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes bytes: all of them, or none and false.</summary>
    public bool TryTake(long count)
    {
        if (Interlocked.Add(ref _taken, count) <= bytes && (parent?.TryTake(count) ?? true)) return true;
        Interlocked.Add(ref _taken, -count);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long count)
    {
        Interlocked.Add(ref _taken, -count);
        parent?.Return(count);
    }
}
