using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class FrameReaderTests
{
    private static readonly byte[][] Legal =
    [
        GuestFrames.Hello(agent: "agent 1"),
        GuestFrames.Ready(),
        GuestFrames.Started(1),
        GuestFrames.StartFailed(2),
        GuestFrames.Output(1, LinkChannel.Stdout, 0, "hello"u8),
        GuestFrames.OutputEnd(1, LinkChannel.Stdout, 5),
        GuestFrames.InputAck(1, 7),
        GuestFrames.Exit(1, 3),
        GuestFrames.Drained(1),
        GuestFrames.Pong(9),
        GuestFrames.Failure(1, "broken"),
        GuestFrames.Poured(1),
    ];

    public static TheoryData<string, byte[], string> Illegal { get; } = new()
    {
        { "longest number", GuestFrames.Raw(0x85, 1, [], 1, length: uint.MaxValue), "PayloadTooLong" },
        { "one byte over", GuestFrames.Raw(0x81, 0, [], length: LinkLimits.PayloadFromGuest + 1), "PayloadTooLong" },
        { "output over 64 KiB", GuestFrames.Raw(0x85, 1, [], 1, length: 8 + LinkLimits.OutputFrame + 1), "WrongLength" },
        { "output without bytes", GuestFrames.Raw(0x85, 1, new byte[8], 1), "WrongLength" },
        { "type 0", GuestFrames.Raw(0, 1, []), "UnknownType" },
        { "type of the host", GuestFrames.Raw((byte)FrameType.Start, 1, new byte[5]), "UnknownType" },
        { "type kept for files", GuestFrames.Raw(0xdf, 1, []), "UnknownType" },
        { "work done with more than its result", GuestFrames.Raw(0xc2, 1, [], length: 5 + LinkLimits.WorkResult + 1), "WrongLength" },
        { "work of no number", GuestFrames.Raw(0xc0, 0, new byte[9]), "WrongProcess" },
        { "type kept for tunnels", GuestFrames.Raw(0xff, 1, []), "UnknownType" },
        { "reserved", GuestFrames.Raw(0x89, 1, [], reserved: 1), "ReservedNotZero" },
        { "reserved, high byte", GuestFrames.Raw(0x89, 1, [], reserved: 0x8000), "ReservedNotZero" },
        { "ready with a payload", GuestFrames.Raw(0x82, 0, [1]), "WrongLength" },
        { "short hello", GuestFrames.Raw(0x81, 0, new byte[7]), "WrongLength" },
        { "short started", GuestFrames.Raw(0x83, 1, new byte[4]), "WrongLength" },
        { "long exit", GuestFrames.Raw(0x88, 1, new byte[33]), "WrongLength" },
        { "short pong", GuestFrames.Raw(0x8a, 0, new byte[7]), "WrongLength" },
        { "process of the sandbox's frame", GuestFrames.Raw(0x82, 1, []), "WrongProcess" },
        { "no process", GuestFrames.Raw(0x89, 0, []), "WrongProcess" },
        { "output without a channel", GuestFrames.Raw(0x85, 1, new byte[9]), "WrongChannel" },
        { "channel of none", GuestFrames.Raw(0x88, 1, new byte[32], 1), "WrongChannel" },
        { "stdin acknowledged as a channel", GuestFrames.Raw(0x87, 1, new byte[8], 2), "WrongChannel" },
    };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Frames_come_out_as_they_went_in_at_every_split_of_bytes()
    {
        var bytes = Legal.SelectMany(frame => frame).ToArray();
        for (var split = 1; split < bytes.Length; split++)
        {
            Assert.Equal(Legal, await ReadAllAsync(new PiecesStream(bytes[..split], bytes[split..])));
        }

        Assert.Equal(Legal, await ReadAllAsync(new PiecesStream([.. bytes.Select(one => new[] { one })])));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_largest_frames_pass_one_after_another()
    {
        var frame = GuestFrames.Output(1, LinkChannel.Stderr, 0, new byte[LinkLimits.OutputFrame]);
        var bytes = Enumerable.Repeat(frame, 5).SelectMany(one => one).ToArray();
        var read = await ReadAllAsync(new PiecesStream([.. bytes.Chunk(65_536)]));
        Assert.Equal(5, read.Count);
        Assert.All(read, one => Assert.Equal(frame, one));
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Illegal))]
    public async Task A_bad_frame_is_found_whatever_the_split_and_named(string what, byte[] frame, string rule)
    {
        byte[] bytes = [.. GuestFrames.Ready(), .. frame];
        for (var split = 1; split < bytes.Length; split++)
        {
            var violation = await Assert.ThrowsAsync<LinkViolationException>(() => ReadAllAsync(new PiecesStream(bytes[..split], bytes[split..])));
            Assert.Equal(rule, violation.Rule.ToString());
            Assert.Contains(rule, violation.Message, StringComparison.Ordinal);
        }

        Assert.NotEmpty(what);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stream_that_ends_inside_a_frame_is_a_violation_and_between_frames_is_not()
    {
        foreach (var frame in Legal)
        {
            for (var length = 1; length < frame.Length; length++)
            {
                var violation = await Assert.ThrowsAsync<LinkViolationException>(() => ReadAllAsync(new PiecesStream(frame[..length])));
                Assert.Equal(LinkRule.TruncatedFrame, violation.Rule);
            }

            Assert.Single(await ReadAllAsync(new PiecesStream(frame)));
        }
    }

    [Fact]
    public void A_header_reads_as_it_was_written()
    {
        var header = new FrameHeader(0x01020304, FrameType.Output, 5, 0x0607, 0x08090a0b);
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        header.Write(bytes);
        Assert.Equal([4, 3, 2, 1, 0x85, 5, 7, 6, 0x0b, 0x0a, 9, 8], bytes.ToArray());
        Assert.Equal(header, FrameHeader.Read(bytes));
    }

    private static async Task<List<byte[]>> ReadAllAsync(Stream stream)
    {
        var reader = new FrameReader(stream);
        var frames = new List<byte[]>();
        do
        {
            while (reader.TryRead(out var frame))
            {
                var bytes = new byte[FrameHeader.Size + frame.Payload.Length];
                frame.Header.Write(bytes);
                frame.Payload.CopyTo(bytes.AsMemory(FrameHeader.Size));
                frames.Add(bytes);
            }
        }
        while (await reader.FillAsync(Test));
        return frames;
    }
}
