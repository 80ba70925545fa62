using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class SandboxDeadlinesTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(4, 2)]
    [InlineData(20, 10)]
    [InlineData(60, 10)]
    [InlineData(300, 30)]
    [InlineData(86_400, 300)]
    public void The_warning_comes_a_tenth_before_within_bounds(int timeout, int warning) =>
        Assert.Equal(TimeSpan.FromSeconds(warning), SandboxDeadlines.WarningOf(TimeSpan.FromSeconds(timeout)));

    [Fact]
    public void Idleness_warns_once_and_then_ends()
    {
        var deadlines = Of(idle: 300);
        Assert.Equal(Seconds(270), deadlines.Next(busy: false));
        Assert.Equal(SandboxDue.Nothing, deadlines.Check(busy: false));
        _clock.Advance(Seconds(270));
        Assert.Equal(SandboxDue.IdleWarning, deadlines.Check(busy: false));
        Assert.Equal(SandboxDue.Nothing, deadlines.Check(busy: false));
        Assert.Equal(Seconds(30), deadlines.Next(busy: false));
        _clock.Advance(Seconds(30));
        Assert.Equal(SandboxDue.IdleForTooLong, deadlines.Check(busy: false));
    }

    [Fact]
    public void Activity_after_a_warning_begins_anew()
    {
        var deadlines = Of(idle: 300);
        _clock.Advance(Seconds(280));
        Assert.Equal(SandboxDue.IdleWarning, deadlines.Check(busy: false));
        deadlines.Touch();
        _clock.Advance(Seconds(269));
        Assert.Equal(SandboxDue.Nothing, deadlines.Check(busy: false));
        _clock.Advance(Seconds(1));
        Assert.Equal(SandboxDue.IdleWarning, deadlines.Check(busy: false));
    }

    [Fact]
    public void A_running_program_keeps_idleness_from_beginning()
    {
        var deadlines = Of(idle: 300);
        _clock.Advance(Seconds(10_000));
        Assert.Null(deadlines.Expires(busy: true));
        Assert.Equal(SandboxDue.Nothing, deadlines.Check(busy: true));
        Assert.Equal(_clock.GetUtcNow() + Seconds(300), deadlines.Expires(busy: false));
    }

    [Fact]
    public void The_lifetime_ends_whatever_runs()
    {
        var deadlines = Of(idle: null, lifetime: 60);
        Assert.Equal(Seconds(60), deadlines.Next(busy: true));
        _clock.Advance(Seconds(60));
        Assert.Equal(SandboxDue.LifetimeOver, deadlines.Check(busy: true));
        Assert.Equal(TimeSpan.Zero, deadlines.Next(busy: true));
    }

    [Fact]
    public void Without_timeouts_nothing_is_ever_due()
    {
        var deadlines = Of(idle: null);
        _clock.Advance(TimeSpan.FromDays(1000));
        Assert.Equal(SandboxDue.Nothing, deadlines.Check(busy: false));
        Assert.Null(deadlines.Next(busy: false));
        Assert.Null(deadlines.Expires(busy: false));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private SandboxDeadlines Of(int? idle, int? lifetime = null)
    {
        TimeSpan? Span(int? seconds) => seconds is { } value ? Seconds(value) : null;
        return new SandboxDeadlines(_clock, Specs.Plain with { IdleTimeout = Span(idle), Lifetime = Span(lifetime) }, _clock.GetUtcNow());
    }
}
