using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class OutputQueueTests
{
    [Fact]
    public void Bytes_come_out_in_order_of_arrival_whatever_the_sizes()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var queue = new OutputQueue();
        var expected = new Queue<(LinkChannel Channel, byte Value)>();
        for (var step = 0; step < 5_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var channel = (LinkChannel)random.Next(1, 4);
                var data = new byte[random.Next(4) == 0 ? random.Next(1, 20_000) : random.Next(1, 40)];
                random.NextBytes(data);
                queue.Add(channel, data);
                foreach (var value in data)
                {
                    expected.Enqueue((channel, value));
                }
            }
            else if (queue.TryTake(out var channel, out var data))
            {
                Assert.InRange(data.Length, 1, 65_536);
                foreach (var value in data)
                {
                    Assert.True(expected.Dequeue() == (channel, value), $"seed {seed}, step {step}");
                }
            }
            else
            {
                Assert.True(expected.Count == 0, $"seed {seed}, step {step}");
            }
        }

        while (queue.TryTake(out _, out var data))
        {
            for (var i = 0; i < data.Length; i++)
            {
                _ = expected.Dequeue();
            }
        }

        Assert.Empty(expected);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Small_pieces_of_one_channel_become_one_and_large_ones_are_copied_once()
    {
        var queue = new OutputQueue();
        queue.Add(LinkChannel.Stdout, "a"u8);
        queue.Add(LinkChannel.Stdout, "b"u8);
        queue.Add(LinkChannel.Stderr, "c"u8);
        queue.Add(LinkChannel.Stdout, new byte[65_536]);
        Assert.True(queue.TryTake(out var channel, out var data));
        Assert.Equal((LinkChannel.Stdout, "ab"), (channel, System.Text.Encoding.ASCII.GetString(data)));
        Assert.True(queue.TryTake(out channel, out data));
        Assert.Equal((LinkChannel.Stderr, 1), (channel, data.Length));
        Assert.True(queue.TryTake(out channel, out data));
        Assert.Equal((LinkChannel.Stdout, 65_536), (channel, data.Length));
        Assert.False(queue.TryTake(out _, out _));
    }

    [Fact]
    public void Single_bytes_in_turn_cost_a_few_bytes_each()
    {
        // Rented slabs are larger than they are counted here at most by the pool's rounding, so allocations say what it costs.
        var queue = new OutputQueue();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 2 * LinkLimits.OutputWindow; i++)
        {
            queue.Add((LinkChannel)(1 + (i % 2)), [1]);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * LinkLimits.OutputWindow * 5);
    }
}
