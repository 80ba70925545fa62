using System.Text;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes.Tests;

public sealed class OutputCursorTests
{
    [Theory]
    [InlineData(10, "abc", "abc", 13)]
    [InlineData(8, "xxabc", "abc", 13)]
    [InlineData(7, "xyz", "", 10)]
    [InlineData(2, "xyz", "", 10)]
    public void Only_bytes_that_are_new_come_out(long offset, string sent, string expected, long next)
    {
        var cursor = new OutputCursor("stdout", timeline: 1, offset: 10);
        var data = cursor.Take(Data(offset, sent), out var discontinuity);
        Assert.Equal(expected, Encoding.UTF8.GetString(data.Span));
        Assert.Equal(next, cursor.Offset);
        Assert.Null(discontinuity);
    }

    [Fact]
    public void A_gap_says_what_is_missing_and_is_not_told_twice()
    {
        var cursor = new OutputCursor("stdout", timeline: 1, offset: 10);
        var gap = new OutputItem { Type = "gap", Timeline = 1, From = 10, To = 30, LostBytes = 20 };
        cursor.Take(gap, out var first);
        cursor.Take(gap, out var second);
        Assert.Equal(new OutputDiscontinuity("stdout", Rewound: false, 1, 10, 30, 20), first);
        Assert.Null(second);
        Assert.Equal(30, cursor.Offset);
    }

    [Fact]
    public void Bytes_that_do_not_come_are_a_gap_even_if_nobody_says_so()
    {
        var cursor = new OutputCursor("stdout", timeline: 1, offset: 10);
        var data = cursor.Take(Data(14, "abc"), out var discontinuity);
        Assert.Equal(4, discontinuity!.LostBytes);
        Assert.Equal(3, data.Length);
        Assert.Equal(17, cursor.Offset);
    }

    [Fact]
    public void After_going_back_it_goes_on_at_the_older_offset_in_the_new_history()
    {
        var cursor = new OutputCursor("stdout", timeline: 1, offset: 10);
        cursor.Take(new OutputItem { Type = "rewound", Timeline = 2, From = 10, To = 4 }, out var discontinuity);
        Assert.Equal(new OutputDiscontinuity("stdout", Rewound: true, 2, 10, 4, 0), discontinuity);
        Assert.Equal((2, 4), (cursor.Timeline, cursor.Offset));
        Assert.Equal(3, cursor.Take(Data(4, "new", timeline: 2), out _).Length);
    }

    [Fact]
    public void Going_back_is_told_once_and_not_to_who_has_read_nothing()
    {
        var cursor = new OutputCursor("stdout", timeline: 1, offset: 10);
        var rewound = new OutputItem { Type = "rewound", Timeline = 2, From = 10, To = 10 };
        cursor.Take(rewound, out var first);
        cursor.Take(rewound, out var second);
        Assert.Equal((10, 10), (first!.From, first.To));
        Assert.Null(second);

        var fresh = new OutputCursor("stdout", timeline: 1, offset: 0);
        fresh.Take(new OutputItem { Type = "rewound", Timeline = 2 }, out var none);
        Assert.Null(none);
        Assert.Equal(2, fresh.Timeline);
    }

    [Fact]
    public void Another_history_without_a_word_is_a_fault_and_not_joined()
    {
        var cursor = new OutputCursor("stdout", timeline: 1, offset: 10);
        Assert.Throws<ServerException>(() => cursor.Take(Data(10, "abc", timeline: 2), out _));
        Assert.Throws<ServerException>(() => cursor.Take(new OutputItem { Type = "gap", Timeline = 2, From = 10, To = 12 }, out _));
        Assert.Equal(10, cursor.Offset);
    }

    private static OutputItem Data(long offset, string text, long timeline = 1) =>
        new() { Type = "data", Timeline = timeline, Offset = offset, Data = Encoding.UTF8.GetBytes(text) };
}
