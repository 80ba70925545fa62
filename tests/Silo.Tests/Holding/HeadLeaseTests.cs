using Sandbox.Grains.Holding;
using Sandbox.Silo.Holding;
using static Sandbox.Silo.Tests.Holding.MemoryBlobs;

namespace Sandbox.Silo.Tests.Holding;

public sealed class HeadLeaseTests : IDisposable
{
    private static readonly SandboxKey _key = new("alice", "box");
    private readonly StepLoop _loop = new() { Gated = false };
    private readonly MemoryBlobs _blobs = new();
    private readonly TestHost _one;
    private readonly TestHost _two;

    public HeadLeaseTests()
    {
        _one = new TestHost(_blobs, _loop, "one");
        _two = new TestHost(_blobs, _loop, "two", ahead: TimeSpan.FromHours(-7));
    }

    public void Dispose() => _loop.Dispose();

    [Fact(Timeout = 30_000)]
    public Task A_lease_is_renewed_for_as_long_as_it_is_wanted() => Test(() =>
    {
        var lease = Acquire(_one);
        Pass(TimeSpan.FromHours(1));
        Assert.True(lease.IsHeld);
        Assert.Equal((1, "one"), (Stored().Epoch, Stored().Holder!.Host));
        Assert.InRange(Stored().LeaseEnds - _one.Time.GetUtcNow(), TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(15));
    });

    [Fact(Timeout = 30_000)]
    public Task What_was_let_go_is_taken_at_once_in_the_next_epoch() => Test(() =>
    {
        var lease = Acquire(_one);
        _loop.Run(lease.ReleaseAsync(head => head with { Status = HeadStatus.Suspended, Checkpoint = "c1" }, Cancel));
        Assert.False(lease.IsHeld);
        Assert.Equal(LeaseEndKind.Released, _loop.Run(lease.Ended).Kind);
        Assert.Null(_one.Leases.Find(_key));

        var taken = Assert.IsType<Acquisition.Acquired>(_loop.Run(_two.Leases.TryAcquireAsync(_key, cancellationToken: Cancel)));
        Assert.True(taken.Clean);
        Assert.Equal("c1", taken.Before!.Checkpoint);
        Assert.Equal((2, "c1", "https://two"), (taken.Lease.Epoch, taken.Lease.Head.Checkpoint, taken.Lease.Head.Address));
    });

    [Theory(Timeout = 30_000)]
    [InlineData(-7)]
    [InlineData(0)]
    [InlineData(7)]
    public Task A_silent_holder_is_waited_for_by_ones_own_clock_however_far_the_clocks_are_apart(int hours) => Test(() =>
    {
        var two = new TestHost(_blobs, _loop, "two", TimeSpan.FromHours(hours));
        var lease = Acquire(_one);
        _one.Fault = Fault.Hangs;

        var wait = two.Leases.AcquireAsync(_key, TimeSpan.FromMinutes(1), cancellationToken: Cancel);
        for (var passed = 0; passed < 14; passed++)
        {
            Pass(TimeSpan.FromSeconds(1), _one, two);
            Assert.False(wait.IsCompleted);
        }

        Assert.False(lease.IsHeld);
        Assert.Equal(LeaseEndKind.Expired, _loop.Run(lease.Ended).Kind);
        Pass(TimeSpan.FromSeconds(2), _one, two);
        var taken = Assert.IsType<Acquisition.Acquired>(_loop.Run(wait));
        Assert.False(taken.Clean);
        Assert.Equal(2, taken.Lease.Epoch);
    });

    [Fact(Timeout = 30_000)]
    public Task A_holder_that_renews_is_never_taken_for_silent() => Test(() =>
    {
        var lease = Acquire(_one);
        var wait = _two.Leases.AcquireAsync(_key, TimeSpan.FromMinutes(2), cancellationToken: Cancel);
        Pass(TimeSpan.FromSeconds(125));
        var held = Assert.IsType<Acquisition.Held>(_loop.Run(wait));
        Assert.Equal("one", held.Head.Holder!.Host);
        Assert.True(lease.IsHeld);
    });

    [Fact(Timeout = 30_000)]
    public Task A_paused_holder_that_comes_back_knows_it_before_it_does_anything() => Test(() =>
    {
        var lease = Acquire(_one);
        var wait = _two.Leases.AcquireAsync(_key, TimeSpan.FromMinutes(1), cancellationToken: Cancel);
        Pass(TimeSpan.FromSeconds(16), _two);
        Assert.Equal(2, Assert.IsType<Acquisition.Acquired>(_loop.Run(wait)).Lease.Epoch);

        // Its clock is the only thing that went on. Nothing of it has run yet, no timer and no answer of the store.
        _one.Time.Slept = TimeSpan.FromSeconds(20);
        Assert.False(lease.IsHeld);
        Assert.Throws<LeaseLostException>(lease.ThrowIfNotHeld);
        Assert.Throws<LeaseLostException>(() => _loop.Run(lease.CommitAsync(head => head with { Checkpoint = "stale" }, Cancel)));
        Assert.Equal((2, null), (Stored().Epoch, Stored().Checkpoint));
    });

    [Fact(Timeout = 30_000)]
    public Task A_write_that_was_on_its_way_while_its_sender_was_paused_changes_nothing() => Test(() =>
    {
        var lease = Acquire(_one);
        _loop.Gated = true;
        var commit = lease.CommitAsync(head => head with { Checkpoint = "late" }, Cancel);
        _loop.Settle();
        var late = Assert.Single(_loop.Gates);
        _loop.Gated = false;
        var wait = _two.Leases.AcquireAsync(_key, TimeSpan.FromMinutes(1), cancellationToken: Cancel);
        Pass(TimeSpan.FromSeconds(16), _two);
        Assert.IsType<Acquisition.Acquired>(_loop.Run(wait));

        late.Open.SetResult();
        Pass(TimeSpan.FromSeconds(1), _one);
        Assert.Equal(LeaseEndKind.Taken, Assert.Throws<LeaseLostException>(() => _loop.Run(commit)).End.Kind);
        Assert.Null(Stored().Checkpoint);
    });

    [Fact(Timeout = 30_000)]
    public Task A_holder_that_cannot_reach_the_store_for_a_while_goes_on_and_for_too_long_has_lost() => Test(() =>
    {
        var lease = Acquire(_one);
        _one.Fault = Fault.Refused;
        Pass(TimeSpan.FromSeconds(10));
        Assert.True(lease.IsHeld);
        _one.Fault = Fault.None;
        Pass(TimeSpan.FromSeconds(10));
        Assert.True(lease.IsHeld);

        _one.Fault = Fault.Refused;
        Pass(TimeSpan.FromSeconds(14));
        Assert.False(lease.IsHeld);
        Assert.Equal(LeaseEndKind.Expired, _loop.Run(lease.Ended).Kind);
        _one.Fault = Fault.None;
        Pass(TimeSpan.FromSeconds(10));
        Assert.False(lease.IsHeld);
    });

    [Fact(Timeout = 30_000)]
    public Task An_answer_that_is_lost_does_not_make_a_commit_happen_twice_or_a_lease_look_lost() => Test(() =>
    {
        var lease = Acquire(_one);
        _one.Fault = Fault.AnswerLost;
        var calls = 0;
        var commit = lease.CommitAsync(head => head with { Timeline = head.Timeline + 1, Checkpoint = $"c{++calls}" }, Cancel);
        _loop.Settle();
        Assert.Equal(1, Stored().Timeline);
        _one.Fault = Fault.None;
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("c1", _loop.Run(commit).Checkpoint);
        Assert.Equal(1, Stored().Timeline);

        Pass(TimeSpan.FromMinutes(1));
        Assert.True(lease.IsHeld);
    });

    [Fact(Timeout = 30_000)]
    public Task A_release_whose_answer_is_lost_holds_nothing_from_the_moment_it_was_sent() => Test(() =>
    {
        var lease = Acquire(_one);
        _one.Fault = Fault.AnswerLost;
        var release = lease.ReleaseAsync(cancellationToken: Cancel);
        _loop.Settle();
        Assert.True(Acquire(_two).IsHeld);
        Assert.False(lease.IsHeld);
        Assert.Throws<LeaseLostException>(lease.ThrowIfNotHeld);

        _one.Fault = Fault.None;
        Pass(TimeSpan.FromSeconds(1));
        _loop.Run(release);
        Assert.Equal(LeaseEndKind.Released, _loop.Run(lease.Ended).Kind);
        Assert.Equal((2, "two"), (Stored().Epoch, Stored().Holder!.Host));
    });

    [Fact(Timeout = 30_000)]
    public Task A_commit_extends_the_lease_and_may_not_change_who_holds() => Test(() =>
    {
        var lease = Acquire(_one);
        var head = _loop.Run(lease.CommitAsync(head => head with { Epoch = 9, Holder = null, LeaseLength = TimeSpan.Zero, Status = HeadStatus.Running }, Cancel));
        Assert.Equal((1, HeadStatus.Running, TimeSpan.FromSeconds(15)), (head.Epoch, head.Status, head.LeaseLength));
        Assert.Equal(_one.Leases.Self, head.Holder);
        Assert.Throws<InvalidCastException>(() => _loop.Run(lease.CommitAsync(_ => throw new InvalidCastException(), Cancel)));
        Assert.True(lease.IsHeld);
    });

    [Fact(Timeout = 30_000)]
    public Task A_new_life_of_a_host_takes_what_an_earlier_one_held_without_waiting() => Test(() =>
    {
        Acquire(_one);
        var reborn = new TestHost(_blobs, _loop, "one");
        var taken = Assert.IsType<Acquisition.Acquired>(_loop.Run(reborn.Leases.TryAcquireAsync(_key, cancellationToken: Cancel)));
        Assert.False(taken.Clean);
        Assert.Equal(2, taken.Lease.Epoch);
    });

    [Fact(Timeout = 30_000)]
    public Task A_host_never_takes_a_sandbox_from_itself() => Test(() =>
    {
        var lease = Acquire(_one);
        Assert.Same(lease, _one.Leases.Find(_key));
        Assert.Throws<InvalidOperationException>(() => _loop.Run(_one.Leases.TryAcquireAsync(_key, cancellationToken: Cancel)));
        Assert.Equal(1, Stored().Epoch);
    });

    [Fact(Timeout = 30_000)]
    public Task An_acquisition_whose_answer_was_lost_is_made_good_by_asking_again() => Test(() =>
    {
        _one.Fault = Fault.AnswerLost;
        Assert.Throws<IOException>(() => _loop.Run(_one.Leases.TryAcquireAsync(_key, cancellationToken: Cancel)));
        _one.Fault = Fault.None;
        Assert.True(Acquire(_one).IsHeld);
    });

    [Fact(Timeout = 30_000)]
    public Task The_epoch_is_beyond_what_the_caller_knows() => Test(() =>
        Assert.Equal(8, Assert.IsType<Acquisition.Acquired>(_loop.Run(_one.Leases.TryAcquireAsync(_key, epochAfter: 7, cancellationToken: Cancel))).Lease.Epoch));

    [Fact(Timeout = 30_000)]
    public Task A_head_that_is_gone_ends_the_lease() => Test(() =>
    {
        var lease = Acquire(_one);
        _blobs.All.Clear();
        Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(LeaseEndKind.Gone, _loop.Run(lease.Ended).Kind);
        Assert.Empty(_blobs.All);
    });

    [Fact(Timeout = 30_000)]
    public Task Heads_are_listed_without_being_read() => Test(() =>
    {
        var lease = Acquire(_one);
        _loop.Run(lease.CommitAsync(head => head with { Checkpoint = "c5", Timeline = 3, Status = HeadStatus.Running }, Cancel));
        var read = _loop.Run(new HeadStore(_two.Blobs).ReadAsync(_key, Cancel))!;
        var listed = Assert.Single(_loop.Run(new HeadStore(_two.Blobs).ListAsync("alice", cancellationToken: Cancel).ToListAsync(Cancel).AsTask()));
        Assert.Equal(read.Head with { Write = null }, listed.Head);
        Assert.Equal(read.Generation, listed.Generation);
    });

    [Fact(Timeout = 30_000)]
    public void The_margin_must_leave_room_for_renewals() =>
        Assert.NotEmpty(new LeaseOptions { Margin = TimeSpan.FromSeconds(5) }.Validate(new(new object())));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A test with a deadline has to be asynchronous; these are not.</summary>
    private static Task Test(Action test)
    {
        test();
        return Task.CompletedTask;
    }

    private HeadLease Acquire(TestHost host) => Assert.IsType<Acquisition.Acquired>(_loop.Run(host.Leases.TryAcquireAsync(_key, cancellationToken: Cancel))).Lease;

    private SandboxHead Stored() => _loop.Run(new HeadStore(_blobs.For(_loop, "test")).ReadAsync(_key, Cancel))!.Head;

    private void Pass(TimeSpan span, params TestHost[] hosts)
    {
        var step = TimeSpan.FromSeconds(0.1);
        for (var passed = TimeSpan.Zero; passed < span; passed += step)
        {
            foreach (var host in hosts is [] ? [_one, _two] : hosts) host.Time.Advance(step);
            _loop.Settle();
        }
    }
}
