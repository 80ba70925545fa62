using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class CheckpointScheduleTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void What_began_before_the_schedule_is_kept_once()
    {
        var (schedule, active) = (new CheckpointSchedule(_clock, s_interval), _clock.GetTimestamp());
        Assert.Equal(s_interval, schedule.Next);
        Assert.False(schedule.Check(active, busy: true, paused: false));
        _clock.Advance(s_interval);
        Assert.Equal(TimeSpan.Zero, schedule.Next);
        Assert.True(schedule.Check(active, busy: false, paused: false));
        schedule.Taken(_clock.GetTimestamp());
        _clock.Advance(s_interval);
        Assert.False(schedule.Check(active, busy: false, paused: false));
        Assert.Equal(s_interval, schedule.Next);
    }

    [Fact]
    public void An_interval_counts_from_the_last_checkpoint_of_whatever_kind()
    {
        var schedule = new CheckpointSchedule(_clock, s_interval);
        _clock.Advance(s_interval / 2);
        schedule.Taken(_clock.GetTimestamp());
        Assert.Equal(s_interval, schedule.Next);
        _clock.Advance(s_interval / 2);
        Assert.False(schedule.Check(_clock.GetTimestamp(), busy: true, paused: false));
    }

    [Fact]
    public void Activity_while_a_checkpoint_is_taken_is_not_in_it()
    {
        var schedule = new CheckpointSchedule(_clock, s_interval);
        var began = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromSeconds(1));
        var active = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromSeconds(1));
        schedule.Taken(began);
        _clock.Advance(s_interval);
        Assert.True(schedule.Check(active, busy: false, paused: false));
    }

    [Fact]
    public void One_that_was_not_taken_is_due_an_interval_later()
    {
        var schedule = new CheckpointSchedule(_clock, s_interval);
        _clock.Advance(s_interval);
        Assert.True(schedule.Check(0, busy: false, paused: false));
        Assert.False(schedule.Check(0, busy: true, paused: false));
        _clock.Advance(s_interval);
        Assert.True(schedule.Check(0, busy: false, paused: false));
    }

    [Fact]
    public void In_a_paused_sandbox_nothing_runs_and_what_ran_before_is_kept_when_it_goes_on()
    {
        var schedule = new CheckpointSchedule(_clock, s_interval);
        schedule.Taken(_clock.GetTimestamp());
        _clock.Advance(s_interval);
        var active = _clock.GetTimestamp();
        Assert.False(schedule.Check(active, busy: true, paused: true));
        _clock.Advance(s_interval);
        Assert.True(schedule.Check(active, busy: false, paused: false));
    }
}
