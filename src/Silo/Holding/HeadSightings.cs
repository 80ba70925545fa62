using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>
/// Since when this host has seen a head unchanged. A lease has run out when its head stayed the same for the lease's length by the clock of
/// who looks: it was written before it was first seen, so its holder, which counts from before it sent the write, ended sooner. No wall clock
/// is compared with another's. Bounded: what was forgotten is only waited for again.
/// </summary>
internal sealed class HeadSightings(TimeProvider time, int capacity = 10_000)
{
    // A head that claims more would keep its sandbox from everybody.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<SandboxKey, (string Generation, long Since)> _seen = [];

    /// <summary>How much longer a held head must stay unchanged; zero or less when its lease has run out. Call it after the head was read.</summary>
    public TimeSpan Remaining(StoredHead stored)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (!_seen.TryGetValue(stored.Key, out var seen) || seen.Generation != stored.Generation)
            {
                if (_seen.Count >= capacity) _seen.Remove(_seen.MinBy(pair => pair.Value.Since).Key);
                seen = (stored.Generation, now);
                _seen[stored.Key] = seen;
            }

            var length = stored.Head.LeaseLength > _longest ? _longest : stored.Head.LeaseLength;
            return length - time.GetElapsedTime(seen.Since, now);
        }
    }

    /// <summary>Forgets a head that nobody waits for.</summary>
    public void Forget(SandboxKey key)
    {
        lock (_gate) _seen.Remove(key);
    }
}
