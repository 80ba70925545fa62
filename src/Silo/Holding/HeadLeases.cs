using Microsoft.Extensions.Options;
using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>
/// The leases of this host: acquires, and knows what it holds. One per process, since it is what keeps a host from taking a sandbox from itself.
/// </summary>
/// <param name="heads">The store.</param>
/// <param name="self">This life of this host.</param>
/// <param name="address">Where this host is reached; null when it cannot be.</param>
/// <param name="options">The length of leases.</param>
/// <param name="time">Its timestamps judge leases: use <see cref="BootClock"/>, whose go on while the machine sleeps.</param>
/// <param name="logger">Where failed renewals go.</param>
internal sealed class HeadLeases(
    HeadStore heads, HolderId self, string? address, IOptions<LeaseOptions> options, TimeProvider time, ILogger<HeadLeases> logger)
{
    private const int Races = 5;
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(0.25);
    private readonly HeadSightings _sightings = new(time);
    private readonly Lock _gate = new();

    // With null while it is being acquired.
    private readonly Dictionary<SandboxKey, HeadLease?> _claims = [];

    /// <summary>This life of this host.</summary>
    public HolderId Self { get; } = self;

    /// <summary>The leases that are held now.</summary>
    public IReadOnlyList<HeadLease> All()
    {
        lock (_gate) return [.. _claims.Values.OfType<HeadLease>()];
    }

    /// <summary>The lease of a sandbox that this host holds, or null.</summary>
    public HeadLease? Find(SandboxKey key)
    {
        lock (_gate) return _claims.GetValueOrDefault(key);
    }

    /// <summary>Asks for a sandbox until it is acquired or the patience is at its end, looking four times a second.</summary>
    /// <inheritdoc cref="TryAcquireAsync" path="/exception"/>
    public async Task<Acquisition> AcquireAsync(SandboxKey key, TimeSpan patience, long epochAfter = 0, CancellationToken cancellationToken = default)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var result = await TryAcquireAsync(key, epochAfter, change: null, cancellationToken);
            var left = patience - time.GetElapsedTime(started);
            if (result is not Acquisition.Held held || left <= TimeSpan.Zero) return result;
            // A delay counts whole milliseconds.
            var pause = new[] { _look, left, held.Wait > TimeSpan.Zero ? held.Wait : _look }.Min() + TimeSpan.FromMilliseconds(1);
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>
    /// Takes a sandbox that nobody holds, whose lease has run out, or that an earlier life of this host held. Its lease has run out when its head
    /// has stayed unchanged for the lease's length since this host first looked, so somebody has to look more than once.
    /// </summary>
    /// <param name="key">The sandbox.</param>
    /// <param name="epochAfter">The new epoch is greater than this too: what is known of the sandbox from elsewhere.</param>
    /// <param name="change">What the acquiring write says of the sandbox beside.</param>
    /// <param name="cancellationToken">Ends the call. The sandbox may be acquired then; asking again takes it at once.</param>
    /// <exception cref="InvalidOperationException">This process holds it already, or is acquiring it.</exception>
    /// <exception cref="InvalidDataException">The head is damaged.</exception>
    public async Task<Acquisition> TryAcquireAsync(
        SandboxKey key, long epochAfter = 0, Func<SandboxHead, SandboxHead>? change = null, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (!_claims.TryAdd(key, null)) throw new InvalidOperationException($"This host holds {key} already, or is acquiring it.");
        }

        var acquired = false;
        try
        {
            for (var race = 0; ; race++)
            {
                var stored = await heads.ReadAsync(key, cancellationToken);
                var wait = Wait(stored);
                if (wait > TimeSpan.Zero || race == Races) return new Acquisition.Held(stored?.Head ?? new SandboxHead(), wait);
                if (await TakeAsync(key, stored, epochAfter, change, cancellationToken) is not { } lease) continue;
                acquired = true;
                return new Acquisition.Acquired(lease, stored?.Head, Clean: stored?.Head.IsHeld is not true);
            }
        }
        finally
        {
            if (!acquired) Forget(key);
        }
    }

    /// <summary>Reads a head, and claims nothing.</summary>
    /// <returns>The head, or null, and how much longer the lease of another host may run; zero or less when nobody else has it.</returns>
    /// <exception cref="InvalidDataException">The head is damaged.</exception>
    public async Task<(SandboxHead? Head, TimeSpan Wait)> LookAsync(SandboxKey key, CancellationToken cancellationToken = default)
    {
        var stored = await heads.ReadAsync(key, cancellationToken);
        return (stored?.Head, Wait(stored));
    }

    /// <summary>Removes the head of a sandbox that nobody holds and of which nothing is left, so that its epochs may begin again.</summary>
    public async Task RemoveAsync(SandboxKey key, CancellationToken cancellationToken = default)
    {
        if (await heads.ReadAsync(key, cancellationToken) is { Head.IsHeld: false } stored) await heads.RemoveAsync(stored, cancellationToken);
    }

    /// <summary>How much longer somebody else's lease may run.</summary>
    private TimeSpan Wait(StoredHead? stored) => stored?.Head.Holder switch
    {
        null => TimeSpan.Zero,

        // An earlier life has ended (see HolderId), and this one has no lease, or it would have been in the claims.
        { } holder when holder.Host == Self.Host => TimeSpan.Zero,
        _ => _sightings.Remaining(stored),
    };

    private async Task<HeadLease?> TakeAsync(
        SandboxKey key, StoredHead? stored, long epochAfter, Func<SandboxHead, SandboxHead>? change, CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        var before = stored?.Head ?? new SandboxHead();
        var head = (change?.Invoke(before) ?? before) with
        {
            Version = SandboxHead.CurrentVersion,
            Epoch = Math.Max(before.Epoch, epochAfter) + 1,
            Holder = Self,
            Address = address,
            LeaseEnds = time.GetUtcNow() + options.Value.Length,
            LeaseLength = options.Value.Length,
            Write = Guid.NewGuid().ToString("N"),
        };
        if (await heads.WriteAsync(key, head, stored?.Generation, cancellationToken) is not { } written) return null;
        _sightings.Forget(key);
        lock (_gate)
        {
            // Under the gate, which its end takes too: it may have run out while the answer was on its way.
            var lease = new HeadLease(heads, written, sent, options.Value, time, logger, ended => Forget(ended.Key));
            if (lease.IsHeld) _claims[key] = lease;
            return lease;
        }
    }

    private void Forget(SandboxKey key)
    {
        lock (_gate) _claims.Remove(key);
    }
}
