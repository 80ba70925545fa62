using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

public sealed class PagedBufferTests
{
    private const int Capacity = 64 * 1024;

    [Theory]
    [InlineData(1, 0L)]
    [InlineData(2, 5_000_000_123L)]
    [InlineData(3, long.MaxValue / 2)]
    public void What_comes_out_is_what_went_in_at_every_offset(int seed, long origin)
    {
        var random = new Random(seed);
        var buffer = new PagedBuffer(origin, Capacity);
        long start = origin, end = origin;
        for (var i = 0; i < 5_000; i++)
        {
            var data = new byte[random.Next(10) > 0 ? random.Next(200) : random.Next(40_000)];
            if (end - start + data.Length > Capacity)
            {
                start += random.NextInt64((end - start) + 1);
                buffer.Release(start);
            }
            else
            {
                Pattern.Fill(data, end);
                buffer.Append(data);
                end += data.Length;
            }

            var from = start + random.NextInt64(end - start + 1);
            var copy = new byte[random.NextInt64(end - from + 1)];
            buffer.CopyTo(from, copy);
            Pattern.AssertAt(from, copy);
            Pattern.AssertAt(from, buffer.Slice(from, copy.Length).SelectMany(slice => slice.ToArray()).ToArray());
            Assert.InRange(buffer.Allocated, 0, Capacity + (5 * PagedBuffer.PageBytes));
        }
    }

    [Fact]
    public void A_few_bytes_take_little_memory()
    {
        var buffer = new PagedBuffer(0, Capacity);
        Assert.Equal(0, buffer.Allocated);

        buffer.Append(new byte[100]);

        Assert.Equal(256, buffer.Allocated);
    }

    [Fact]
    public void Slices_stay_what_they_were_while_the_page_below_grows()
    {
        var buffer = new PagedBuffer(0, Capacity);
        buffer.Append("before"u8);
        var slice = Assert.Single(buffer.Slice(0, 6));

        buffer.Append(new byte[10_000]);

        Assert.Equal("before"u8, slice.Span);
    }

    [Fact]
    public void Trimming_keeps_the_bytes_and_nothing_beside_them()
    {
        var buffer = new PagedBuffer(0, Capacity);
        Fill(buffer, 0, Capacity);
        buffer.Release(Capacity - 300);

        buffer.Trim();

        var left = new byte[300];
        buffer.CopyTo(Capacity - 300, left);
        Pattern.AssertAt(Capacity - 300, left);
        Assert.InRange(buffer.Allocated, 300, PagedBuffer.PageBytes);
        buffer.Release(Capacity);
        buffer.Trim();
        Assert.Equal(0, buffer.Allocated);
    }

    [Fact]
    public void What_is_not_held_cannot_be_read_and_what_does_not_fit_cannot_be_added()
    {
        var buffer = new PagedBuffer(0, Capacity);
        Fill(buffer, 0, Capacity);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Append([1]));
        buffer.Release(10);

        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyTo(9, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyTo(Capacity - 1, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Append(new byte[11]));
    }

    private static void Fill(PagedBuffer buffer, long offset, int count)
    {
        var data = new byte[count];
        Pattern.Fill(data, offset);
        buffer.Append(data);
    }
}
