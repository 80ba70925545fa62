using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Attachments;

namespace Sandbox.Grains.Tests;

/// <summary>The place of a sandbox's one client.</summary>
public sealed class AttachmentPlaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_is_one_clients_until_that_one_leaves()
    {
        var place = new AttachmentPlace(_time);
        Assert.True(place.Take("one"));
        Assert.False(place.Take("two"));
        place.Leave("two");
        Assert.False(place.Take("two"));
        place.Leave("one");
        Assert.True(place.Take("two"));
    }

    [Fact]
    public void Who_takes_it_again_in_time_keeps_it_and_who_is_gone_loses_it()
    {
        var place = new AttachmentPlace(_time);
        Assert.True(place.Take("one"));
        _time.Advance(AttachmentPlace.Holds - TimeSpan.FromSeconds(1));
        Assert.True(place.Take("one"));
        _time.Advance(AttachmentPlace.Holds - TimeSpan.FromSeconds(1));
        Assert.False(place.Take("two"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(place.Take("two"));
        Assert.False(place.Take("one"));
    }
}
