using Sandbox.Grains.Events;

namespace Sandbox.Grains.Tests.Events;

public sealed class EventLogTests
{
    private static readonly SandboxEvent Something = new() { Sequence = 0, Time = DateTimeOffset.UnixEpoch, Type = SandboxEventType.ProcessStarted };

    [Fact]
    public void Numbers_grow_by_one_from_one()
    {
        var log = Filled(3);
        Assert.Equal([1, 2, 3], Numbers(log.After(0)));
        Assert.Equal([3], Numbers(log.After(2)));
        Assert.Empty(log.After(3));
        Assert.Empty(log.After(99));
    }

    [Fact]
    public void What_fell_out_is_told_as_a_gap()
    {
        var log = Filled(EventLog.Capacity + 10);
        var read = log.After(4);
        Assert.Equal((SandboxEventType.Gap, 5, 10), (read[0].Type, read[0].From!.Value, read[0].Sequence));
        Assert.Equal(Enumerable.Range(11, EventLog.Capacity).Select(number => (long)number), Numbers(read.Skip(1)));
        Assert.DoesNotContain(log.After(10), happened => happened.Type is SandboxEventType.Gap);
    }

    [Fact]
    public void After_a_crash_no_number_is_given_twice_and_the_gap_is_told()
    {
        var log = Filled(5);
        var stored = log.Store(EventLog.Reserve, []);
        var lost = log.Append(Something);

        var after = new EventLog(stored);
        var next = after.Append(Something);

        Assert.True(next.Sequence > lost.Sequence);
        var read = after.After(lost.Sequence);
        Assert.Equal([SandboxEventType.Gap, SandboxEventType.ProcessStarted], read.Select(happened => happened.Type));
        Assert.Equal((lost.Sequence + 1, next.Sequence - 1), (read[0].From, read[0].Sequence));
    }

    [Fact]
    public void Stored_without_a_reserve_the_numbers_go_on()
    {
        var after = new EventLog(Filled(5).Store(0, []));
        Assert.Equal(6, after.Append(Something).Sequence);
        Assert.Equal([1, 2, 3, 4, 5, 6], Numbers(after.After(0)));
    }

    [Fact]
    public void Another_sandbox_of_the_id_begins_behind_the_numbers_of_the_first()
    {
        var log = Filled(5).Restart();
        log.Append(Something);
        var stored = new EventLog(log.Store(0, []));
        Assert.Equal([6], Numbers(stored.After(0)));
        Assert.Equal([SandboxEventType.Gap, SandboxEventType.ProcessStarted], stored.After(2).Select(happened => happened.Type));
    }

    [Fact]
    public void Waiting_readers_are_woken_by_events_and_by_the_end()
    {
        var log = Filled(1);
        var changed = log.Changed;
        Assert.False(changed.IsCompleted);
        log.Append(Something);
        Assert.True(changed.IsCompleted);
        changed = log.Changed;
        log.Seal();
        Assert.True(changed.IsCompleted);
        Assert.True(log.IsSealed);
    }

    private static EventLog Filled(int events)
    {
        var log = new EventLog(new EventLogState());
        for (var i = 0; i < events; i++) log.Append(Something);
        return log;
    }

    private static IEnumerable<long> Numbers(IEnumerable<SandboxEvent> events) => events.Select(happened => happened.Sequence);
}
