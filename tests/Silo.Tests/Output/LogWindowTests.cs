using Sandbox.Grains.Processes;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

public sealed class LogWindowTests
{
    private const int Memory = 64 * 1024;
    private const int Segment = 64 * 1024;
    private readonly List<LogSegment> _dropped = [];

    private static OutputLogOptions Options => new() { MemoryBytes = Memory, SegmentBytes = Segment, LogBytes = Memory + (3 * Segment), EndedMemoryBytes = 100 };

    [Fact]
    public void An_empty_log_ends_where_it_starts()
    {
        var window = Window(start: 7);

        Assert.Equal(new LogPlace(LogPlaceKind.End, 0), window.Locate(7));
        Assert.Equal(new LogPlace(LogPlaceKind.Lost, 2), window.Locate(5));
        Assert.False(window.CanSpill);
    }

    [Fact]
    public void Memory_is_emptied_to_a_quarter_once_it_is_half_full()
    {
        var window = Window();
        window.Append((Memory / 2) - 1);
        Assert.Null(window.PlanSpill(_dropped));

        window.Append(1);

        Assert.Equal(new SpillPlan(0, 0, 0, Memory / 4), window.PlanSpill(_dropped));
        Assert.Empty(_dropped);
    }

    [Fact]
    public void Bytes_are_in_memory_until_they_are_on_disk_and_never_nowhere()
    {
        var window = Window();
        window.Append(Memory);
        var plan = window.PlanSpill(_dropped)!.Value;
        Assert.Equal(new LogPlace(LogPlaceKind.Memory, Memory), window.Locate(0));

        window.Spilled(plan);

        Assert.Equal(new LogPlace(LogPlaceKind.Disk, plan.Count, new LogSegment(0, plan.Count)), window.Locate(0));
        Assert.Equal(new LogPlace(LogPlaceKind.Disk, 1, new LogSegment(0, plan.Count)), window.Locate(plan.Count - 1));
        Assert.Equal(new LogPlace(LogPlaceKind.Memory, Memory - plan.Count), window.Locate(plan.Count));
        Assert.Equal(new LogPlace(LogPlaceKind.End, 0), window.Locate(Memory));
    }

    [Fact]
    public void A_segment_is_filled_to_its_last_byte_before_the_next_begins()
    {
        var window = Window();
        Fill(window, 4 * Segment);

        Assert.All(window.Segments.SkipLast(1), segment => Assert.Equal(Segment, segment.Length));
        Assert.Equal(window.Segments.Skip(1).Select(segment => segment.Start), window.Segments.SkipLast(1).Select(segment => segment.End));
    }

    [Fact]
    public void The_oldest_segment_falls_out_whole_before_the_disk_would_hold_too_much()
    {
        var window = Window();

        Fill(window, 10 * Segment);

        Assert.Equal(Enumerable.Range(0, _dropped.Count).Select(i => new LogSegment(i * (long)Segment, Segment)), _dropped);
        Assert.Equal(_dropped[^1].End, window.Start);
        Assert.InRange(window.OnDisk, (2 * Segment) + 1, 3 * Segment);
        Assert.Equal(new LogPlace(LogPlaceKind.Lost, window.Start - 10), window.Locate(10));
        Assert.Equal(LogPlaceKind.Disk, window.Locate(window.Start).Kind);
    }

    [Fact]
    public void A_log_that_blocks_drops_only_what_was_acknowledged()
    {
        var window = Window(FullLogPolicy.Block);
        Fill(window, Memory + (3 * Segment));
        Assert.Equal(0, window.Room);
        Assert.False(window.CanSpill);
        window.DropFromMemory(1, _dropped);
        Assert.Equal(0, window.Room);

        window.Acknowledge(Segment - 1);
        Assert.False(window.CanSpill);
        window.Acknowledge(Segment);
        var plan = window.PlanSpill(_dropped);

        Assert.Equal(new LogSegment(0, Segment), Assert.Single(_dropped));
        Assert.Equal(3 * Segment, plan!.Value.Offset);
        Assert.Equal(Segment, window.Start);
    }

    [Fact]
    public void Without_a_disk_just_as_many_bytes_fall_out_as_are_needed()
    {
        var window = Window(hasDisk: false);
        window.Append(Memory);

        window.DropFromMemory(10, _dropped);

        Assert.Equal((10, 10L, 10L), (window.Room, window.Start, window.MemoryStart));
        window.Append(10);
        window.DropFromMemory(10 * Memory, _dropped);
        Assert.Equal((Memory, Memory + 10L), (window.Room, window.Start));
    }

    [Fact]
    public void Without_a_disk_a_log_that_blocks_makes_room_as_far_as_was_acknowledged()
    {
        var window = Window(FullLogPolicy.Block, hasDisk: false);
        window.Append(Memory);
        window.Acknowledge(5);

        window.DropFromMemory(10, _dropped);

        Assert.Equal((5, 5L), (window.Room, window.Start));
    }

    [Fact]
    public void What_is_on_disk_falls_out_before_what_is_in_memory()
    {
        var window = Window();
        Fill(window, 2 * Segment);
        var onDisk = window.Segments.ToArray();
        window.Append(window.Room);

        window.DropFromMemory(1, _dropped);

        Assert.Equal(onDisk, _dropped);
        Assert.Equal(onDisk[^1].End + 1, window.Start);
        Assert.Equal(0, window.OnDisk);
    }

    [Fact]
    public void Acknowledgements_only_grow_and_never_pass_the_end()
    {
        var window = Window();
        window.Append(10);

        window.Acknowledge(5);
        window.Acknowledge(3);
        window.Acknowledge(-1);
        Assert.Equal(5, window.Acknowledged);
        window.Acknowledge(long.MaxValue);
        Assert.Equal(10, window.Acknowledged);
    }

    [Fact]
    public void An_ended_log_moves_all_to_the_disk_when_it_holds_more_than_a_little()
    {
        var little = Window();
        little.Append(100);
        little.End();
        Assert.False(little.CanSpill);

        var more = Window();
        more.Append(101);
        more.End();
        Assert.Equal(new SpillPlan(0, 0, 0, 101), more.PlanSpill(_dropped));
    }

    [Fact]
    public void A_disk_with_no_room_for_two_segments_is_none()
    {
        var window = new LogWindow(
            new OutputLogOptions { MemoryBytes = Memory, SegmentBytes = Segment, LogBytes = Memory + (2 * Segment) - 1 }, FullLogPolicy.DropOldest, 0, hasDisk: true);
        window.Append(Memory);

        Assert.False(window.CanSpill);
    }

    [Theory]
    [InlineData(1, FullLogPolicy.DropOldest)]
    [InlineData(2, FullLogPolicy.DropOldest)]
    [InlineData(3, FullLogPolicy.Block)]
    [InlineData(4, FullLogPolicy.Block)]
    public void Whatever_happens_what_is_held_is_one_run_within_its_bounds(int seed, FullLogPolicy policy)
    {
        var random = new Random(seed);
        var window = Window(policy, start: long.MaxValue / 2);
        var options = Options;
        for (var i = 0; i < 20_000; i++)
        {
            var start = window.Start;
            switch (random.Next(4))
            {
                case 0:
                    window.Append(random.Next(window.Room + 1));
                    break;
                case 1 when window.PlanSpill(_dropped) is { } plan && random.Next(10) > 0:
                    window.Spilled(plan);
                    break;
                case 2 when random.Next(50) == 0:
                    window.DropFromMemory(random.Next(1, 2 * Memory), _dropped);
                    break;
                case 3:
                    window.Acknowledge(window.Acknowledged + random.Next(Memory));
                    break;
            }

            Assert.InRange(window.InMemory, 0, options.MemoryBytes);
            Assert.InRange(window.OnDisk, 0, options.LogBytes - options.MemoryBytes);
            Assert.Equal(window.OnDisk, window.Segments.Sum(segment => segment.Length));
            Assert.True(window.Start >= start);
            if (policy == FullLogPolicy.Block) Assert.True(window.Start <= window.Acknowledged);
            var next = window.Start;
            foreach (var segment in window.Segments)
            {
                Assert.Equal(next, segment.Start);
                Assert.InRange(segment.Length, 1, Segment);
                next = segment.End;
            }

            Assert.Equal(window.MemoryStart, next);
        }
    }

    private void Fill(LogWindow window, long bytes)
    {
        while (bytes > 0)
        {
            while (window.PlanSpill(_dropped) is { } plan) window.Spilled(plan);
            var count = (int)Math.Min(bytes, window.Room);
            if (count == 0) return;
            window.Append(count);
            bytes -= count;
        }

        while (window.PlanSpill(_dropped) is { } plan) window.Spilled(plan);
    }

    private static LogWindow Window(FullLogPolicy policy = FullLogPolicy.DropOldest, long start = 0, bool hasDisk = true) =>
        new(Options, policy, start, hasDisk);
}
