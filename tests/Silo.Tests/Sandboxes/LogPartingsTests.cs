using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Tests.Sandboxes;

public sealed class LogPartingsTests
{
    [Fact]
    public void Histories_have_in_common_what_was_before_they_parted()
    {
        var partings = LogPartings.None.With(2, 100).With(3, 250).With(7, 180);
        Assert.Equal([100, 100, 180, 180, 180, 180, 180, 500], Enumerable.Range(0, 8).Select(timeline => partings.CommonWith(timeline, end: 500)).Select(common => (int)common));
        Assert.Equal([(2, 100), (7, 180)], partings.All.Select(parting => ((int)parting.Timeline, (int)parting.Offset)));
        Assert.Equal(500, LogPartings.None.CommonWith(1, end: 500));
    }

    [Fact]
    public void Of_very_many_the_oldest_are_known_less_exactly_and_never_too_far()
    {
        var partings = LogPartings.None;
        for (var timeline = 2; timeline < 1_000; timeline++) partings = partings.With(timeline, timeline * 10);
        Assert.Equal(LogPartings.Most, partings.All.Count);
        for (var timeline = 1; timeline < 999; timeline++) Assert.InRange(partings.CommonWith(timeline, 20_000), 0, (timeline + 1) * 10);
        Assert.Equal(9_990, partings.CommonWith(998, 20_000));
    }
}
