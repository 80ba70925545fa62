using Microsoft.Extensions.Time.Testing;
using Sandbox.Silo.Cluster.Rooms;

namespace Sandbox.Silo.Tests.Cluster;

/// <summary>Where sandboxes go, by what is free.</summary>
public sealed class RoomTests
{
    private const long Need = 100;

    [Fact]
    public void The_host_with_the_largest_share_free_is_best_by_what_is_scarcest_on_each()
    {
        var even = Room(freeSlots: 5, freeMemory: 500);
        Assert.Equal("even", RoomChoice.Best([("short", Room(freeSlots: 9, freeMemory: 110)), ("even", even)], Need, preferred: "short"));
        Assert.Equal("even", RoomChoice.Best([("short", Room(freeSlots: 9, freeDisk: 110)), ("even", even)], Need, preferred: "short"));
        Assert.Equal("many", RoomChoice.Best([("many", Room(freeSlots: 9, freeMemory: 260, freeDisk: 260)), ("even", even)], Need, preferred: "even"));
    }

    [Fact]
    public void Of_equal_hosts_the_preferred_one_is_best()
    {
        Assert.Equal("b", RoomChoice.Best([("a", Room()), ("b", Room()), ("c", Room())], Need, preferred: "b"));
    }

    [Fact]
    public void Full_draining_and_unknown_hosts_come_behind_in_this_order()
    {
        var full = Room(freeSlots: 0);
        var drains = Room() with { Drains = true };
        Assert.Equal("room", RoomChoice.Best([("unknown", null), ("drains", drains), ("full", full), ("room", Room(freeSlots: 1, freeMemory: 100))], Need, null));
        Assert.Equal("full", RoomChoice.Best([("unknown", null), ("drains", drains), ("full", full)], Need, null));
        Assert.Equal("drains", RoomChoice.Best([("unknown", null), ("drains", drains)], Need, null));
        Assert.Equal("unknown", RoomChoice.Best([("unknown", null)], Need, null));
    }

    [Theory]
    [InlineData(0, 1000, 1000)]
    [InlineData(1, 99, 1000)]
    [InlineData(1, 1000, 99)]
    public void Slots_memory_and_disk_each_make_a_host_full(int slots, long memory, long disk)
    {
        var full = Room(slots, memory, disk);
        Assert.False(full.Fits(Need));
        Assert.True(RoomChoice.IsElsewhere(full, [Room()], Need));
        Assert.False(RoomChoice.IsElsewhere(full, [full], Need));
        Assert.False(RoomChoice.IsElsewhere(full, [Room() with { Ready = false }, Room() with { Drains = true }], Need));
        Assert.False(RoomChoice.IsElsewhere(Room(), [Room()], Need));
    }

    [Fact]
    public void Many_that_are_placed_at_once_do_not_all_go_to_one_host()
    {
        var board = Board(out _);
        board.Note("b", Room());
        board.Note("c", Room());
        var placed = Enumerable.Range(0, 9).Select(_ => board.Place(["a", "b", "c"])).CountBy(host => host).ToDictionary();
        Assert.Equal((3, 3, 3), (placed["a"], placed["b"], placed["c"]));
    }

    [Fact]
    public void What_was_placed_counts_until_it_can_be_measured()
    {
        var board = Board(out var time);
        board.Note("b", Room());
        Assert.Equal(["a", "b"], new[] { board.Place(["a", "b"]), board.Place(["a", "b"]) });
        time.Advance(TimeSpan.FromSeconds(3));
        board.Note("b", Room(freeSlots: 9));
        Assert.Equal("a", board.Place(["a", "b"]));
    }

    [Fact]
    public void A_host_that_turns_a_sandbox_away_is_to_say_so()
    {
        var board = Board(out _, own: Room(freeSlots: 0));
        var turnsAway = board.TurnsAwayAsync();
        Assert.False(board.IsElsewhere(Need));
        Assert.False(turnsAway.IsCompleted);

        board.Note("b", Room());
        Assert.True(board.IsElsewhere(Need));
        Assert.True(turnsAway.IsCompleted);
        Assert.False(board.TurnsAwayAsync().IsCompleted);
    }

    [Fact]
    public void A_host_that_is_silent_is_not_believed_for_long_and_one_that_drains_gets_nothing()
    {
        var board = Board(out var time, own: Room(freeSlots: 1));
        board.Note("b", Room());
        Assert.Equal("b", board.Place(["a", "b"]));
        board.Note("b", Room() with { Drains = true });
        Assert.True(board.Drains("b"));
        Assert.Equal("a", board.Place(["a", "b"]));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(board.Drains("b"));
        Assert.Equal("a", board.Place(["a", "b"]));
    }

    [Fact]
    public void Where_more_was_placed_than_fits_anywhere_the_host_with_the_fewest_is_best()
    {
        Assert.Equal("b", RoomChoice.Best([("a", Room(freeSlots: -3)), ("b", Room(freeSlots: -1)), ("c", Room(freeSlots: -2))], Need, preferred: "a"));
    }

    [Fact]
    public void A_full_host_sends_elsewhere_only_where_there_is_room()
    {
        var board = Board(out _, own: Room(freeSlots: 0));
        Assert.False(board.IsElsewhere(Need));
        Assert.Null(board.PlaceElsewhere(Need));
        Assert.True(board.AnyTakes());
        board.Note("b", Room(freeSlots: 1));
        Assert.True(board.IsElsewhere(Need));
        Assert.Equal("b", board.PlaceElsewhere(Need));
        Assert.False(board.IsElsewhere(Need));
        Assert.Null(board.PlaceElsewhere(Need));
    }

    [Fact]
    public void The_kernels_words_for_memory_are_understood()
    {
        Assert.Equal((2048, 1024), RoomMeter.ReadMemory(["MemTotal:        2 kB", "MemFree: 9 kB", "MemAvailable:    1 kB", "HugePages_Total: 0"]));
    }

    private static RoomBoard Board(out FakeTimeProvider time, HostRoom? own = null)
    {
        time = new FakeTimeProvider();
        return new RoomBoard("a", () => own ?? Room(), usual: 10, time);
    }

    private static HostRoom Room(int freeSlots = 10, long freeMemory = 1000, long freeDisk = 1000) => new()
    {
        Ready = true,
        Slots = 10,
        FreeSlots = freeSlots,
        Memory = 1000,
        FreeMemory = freeMemory,
        Disk = 1000,
        FreeDisk = freeDisk,
    };
}
