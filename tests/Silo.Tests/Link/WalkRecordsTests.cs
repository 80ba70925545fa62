using System.Buffers.Binary;
using System.Text;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class WalkRecordsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Records_are_parted_however_their_bytes_come(int step)
    {
        byte[] all = [.. Record(1, "tar one "), .. Record(2, "srv/changed"), .. Record(1, "two"), .. Record(3, "srv/fifo")];
        var records = new WalkRecords();
        var tar = new StringBuilder();
        foreach (var bytes in all.Chunk(step))
        {
            foreach (var piece in records.Take(bytes)) tar.Append(Encoding.UTF8.GetString(piece.Span));
        }

        Assert.Equal("tar one two", tar.ToString());
        Assert.Equal(["srv/changed"], records.Changed);
        Assert.Equal(["srv/fifo"], records.LeftOut);
        Assert.True(records.IsWhole);
    }

    [Fact]
    public void What_breaks_off_is_not_whole()
    {
        var records = new WalkRecords();
        _ = records.Take(Record(1, "tar")[..6]).Count();
        Assert.False(records.IsWhole);
        records = new WalkRecords();
        _ = records.Take(Record(1, "tar")[..3]).Count();
        Assert.False(records.IsWhole);
    }

    [Theory]
    [InlineData(0, 1u)]
    [InlineData(4, 1u)]
    [InlineData(1, 0u)]
    [InlineData(1, 0x200000u)]
    [InlineData(2, 0x4000u)]
    [InlineData(2, 0xFFFFFFFFu)]
    public void A_record_that_no_agent_sends_is_refused(byte type, uint length)
    {
        var header = new byte[5];
        header[0] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(1), length);
        Assert.Throws<InvalidDataException>(() => new WalkRecords().Take(header).Count());
    }

    [Fact]
    public void A_guest_that_tells_of_a_million_paths_takes_no_memory()
    {
        var records = new WalkRecords();
        var one = Record(2, "path");
        for (var i = 0; i < 100_000; i++) _ = records.Take(one).Count();
        Assert.Equal((WalkRecords.MostPaths, 100_000), (records.Changed.Count, records.Told));
    }

    private static byte[] Record(byte type, string text)
    {
        var record = new byte[5 + text.Length];
        record[0] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(1), (uint)text.Length);
        Encoding.UTF8.GetBytes(text, record.AsSpan(5));
        return record;
    }
}
