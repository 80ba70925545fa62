using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>A host that breaks the protocol is told so, and loses its agent.</summary>
public sealed class BadFrameTests(GuestBinaries binaries)
{
    private static readonly byte[] _goodStart = new Start("/bin/true").ToFields(1).ToArray();
    private static readonly byte[] _goodTerminal = new Start("/bin/true") { Flags = 0 }.ToFields(1).ToArray();

    /// <summary>What the host sends, by what is wrong with it; after CONFIGURE, and with process 1 started where it starts with an asterisk.</summary>
    private static readonly Dictionary<string, byte[]> _cases = new()
    {
        ["a frame that is too long"] = New(FrameType.Ping, 0, 0, []).ToBytes(2 * 1024 * 1024 + 1, 0),
        ["reserved bytes"] = New(FrameType.Ping, 0, 0, new byte[8]).ToBytes(8, 7),
        ["an unknown type"] = New((FrameType)0x3f, 0, 0, []).ToBytes(),
        ["a type of the guest's"] = New(FrameType.Ready, 0, 0, []).ToBytes(),
        ["type 0"] = New((FrameType)0x00, 0, 0, []).ToBytes(),
        ["a ping of 7 bytes"] = New(FrameType.Ping, 0, 0, new byte[7]).ToBytes(),
        ["a ping about a process"] = New(FrameType.Ping, 0, 1, new byte[8]).ToBytes(),
        ["a ping about a channel"] = New(FrameType.Ping, 1, 0, new byte[8]).ToBytes(),
        ["a shutdown with a payload"] = New(FrameType.Shutdown, 0, 0, new byte[1]).ToBytes(),
        ["a second configuration"] = New(FrameType.Configure, 0, 0, new Configuration().ToFields().ToArray()).ToBytes(),
        ["a start of process 0"] = New(FrameType.Start, 0, 0, _goodStart).ToBytes(),
        ["a start without fields"] = New(FrameType.Start, 0, 1, []).ToBytes(),
        ["a start cut short"] = New(FrameType.Start, 0, 1, _goodStart[..^1]).ToBytes(),
        ["a start with half a field's head"] = New(FrameType.Start, 0, 1, [.. _goodStart, 1, 0, 0]).ToBytes(),
        ["a start with a field beyond its end"] = New(FrameType.Start, 0, 1, [.. _goodStart, 3, 0, 255, 255, 255, 255]).ToBytes(),
        ["a start with an unknown tag"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(13, "x").ToArray()]).ToBytes(),
        ["a start with tag 0"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(0, "x").ToArray()]).ToBytes(),
        ["a start with two directories"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(4, "/").ToArray()]).ToBytes(),
        ["a start with a bad id"] = New(FrameType.Start, 0, 1, new Start("/bin/true") { Id = "../x" }.ToFields(1).ToArray()).ToBytes(),
        ["a start with an id of 65 bytes"] = New(FrameType.Start, 0, 1, new Start("x") { Id = new string('x', 65) }.ToFields(1).ToArray()).ToBytes(),
        ["a start with an unknown flag"] = New(FrameType.Start, 0, 1, new Start("/bin/true") { Flags = 8 }.ToFields(1).ToArray()).ToBytes(),
        ["a start with a path and no content"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(7, "/x").ToArray()]).ToBytes(),
        ["a start with a content and no path"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(8, "/x").ToArray()]).ToBytes(),
        ["a mould without a path"] = New(FrameType.Start, 0, 1, new Start("/bin/true") { Flags = 4 }.ToFields(1).ToArray()).ToBytes(),
        ["a terminal of 3 bytes"] = New(FrameType.Start, 0, 1, [.. _goodTerminal, .. new Fields().Add(12, new byte[3]).ToArray()]).ToBytes(),
        ["a terminal without rows"] = New(FrameType.Start, 0, 1, [.. _goodTerminal, .. new Fields().Add(12, new byte[] { 0, 0, 80, 0 }).ToArray()]).ToBytes(),
        ["a terminal of 1001 columns"] = New(FrameType.Start, 0, 1, [.. _goodTerminal, .. new Fields().Add(12, new byte[] { 24, 0, 0xe9, 3 }).ToArray()]).ToBytes(),
        ["a terminal without input"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(12, new byte[] { 24, 0, 80, 0 }).ToArray()]).ToBytes(),
        ["a disk's question with a payload"] = New(FrameType.Disk, 0, 0, new byte[1]).ToBytes(),
        ["a disk's question about a process"] = New(FrameType.Disk, 0, 1, []).ToBytes(),
        ["a RESUME without HOLD"] = New(FrameType.Resume, 0, 0, Resume.Original.ToFields().ToArray()).ToBytes(),
        ["a HOLD with a payload"] = New(FrameType.Hold, 0, 0, new byte[1]).ToBytes(),
        ["a HOLD about a process"] = New(FrameType.Hold, 0, 1, []).ToBytes(),
        ["a HOLD about a channel"] = New(FrameType.Hold, 1, 0, []).ToBytes(),
        ["a lease of 8 bytes"] = New(FrameType.Lease, 0, 0, new byte[8]).ToBytes(),
        ["a lease about a process"] = New(FrameType.Lease, 0, 1, new byte[4]).ToBytes(),
        ["a size of one that was never started"] = New(FrameType.Resize, 0, 1, [24, 0, 80, 0]).ToBytes(),
        ["* a size of 3 bytes"] = New(FrameType.Resize, 0, 1, new byte[3]).ToBytes(),
        ["* a size without columns"] = New(FrameType.Resize, 0, 1, [24, 0, 0, 0]).ToBytes(),
        ["a limit of 11 bytes"] = New(FrameType.Start, 0, 1, [.. _goodStart, .. new Fields().Add(10, new byte[11]).ToArray()]).ToBytes(),
        ["a signal to a process that was never started"] = New(FrameType.Signal, 0, 1, [9, 0]).ToBytes(),
        ["an acknowledgement about one that was never started"] = New(FrameType.OutputAck, 1, 1, new byte[8]).ToBytes(),
        ["input to one that was never started"] = New(FrameType.Input, 0, 9, new byte[9]).ToBytes(),
        ["* signal 0"] = New(FrameType.Signal, 0, 1, [0, 0]).ToBytes(),
        ["* signal 65"] = New(FrameType.Signal, 0, 1, [65, 0]).ToBytes(),
        ["* signal scope 2"] = New(FrameType.Signal, 0, 1, [9, 2]).ToBytes(),
        ["* a signal of one byte"] = New(FrameType.Signal, 0, 1, [9]).ToBytes(),
        ["* the same number again"] = New(FrameType.Start, 0, 1, _goodStart).ToBytes(),
        ["* a forgotten process that still runs"] = New(FrameType.Forget, 0, 1, []).ToBytes(),
        ["* an acknowledgement of what was not sent"] = New(FrameType.OutputAck, 1, 1, Frame.Bytes(1ul)).ToBytes(),
        ["* an acknowledgement of stdin"] = New(FrameType.OutputAck, 0, 1, new byte[8]).ToBytes(),
        ["* an acknowledgement of channel 5"] = New(FrameType.OutputAck, 5, 1, new byte[8]).ToBytes(),
        ["* an acknowledgement of 4 bytes"] = New(FrameType.OutputAck, 1, 1, new byte[4]).ToBytes(),
        ["* input at the wrong offset"] = New(FrameType.Input, 0, 1, [.. Frame.Bytes(1ul), 1]).ToBytes(),
        ["* input without an offset"] = New(FrameType.Input, 0, 1, new byte[7]).ToBytes(),
        ["* input on channel 1"] = New(FrameType.Input, 1, 1, [.. Frame.Bytes(0ul), 1]).ToBytes(),
        ["* input beyond the window"] = New(FrameType.Input, 0, 1, new byte[8 + 65536 + 65536 + 1]).ToBytes(),
        ["* the end of input at the wrong offset"] = New(FrameType.InputEnd, 0, 1, Frame.Bytes(1ul)).ToBytes(),
        ["* two ends of input"] =
            [.. New(FrameType.InputEnd, 0, 1, Frame.Bytes(0ul)).ToBytes(), .. New(FrameType.InputEnd, 0, 1, Frame.Bytes(0ul)).ToBytes()],
        ["* a pour with an unknown tag"] = New(FrameType.Pour, 0, 1, new Fields().Add(1, "x").Add(9, "x").ToArray()).ToBytes(),
        ["* a pour without content"] = New(FrameType.Pour, 0, 1, []).ToBytes(),
        ["* a pour with a path and no content"] = New(FrameType.Pour, 0, 1, new Fields().Add(1, "x").Add(4, "/x").ToArray()).ToBytes(),
    };

    public static TheoryData<string> Cases => [.. _cases.Keys];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Cases))]
    public async Task A_frame_that_breaks_the_protocol_ends_the_agent_with_a_reason(string wrong)
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        agent.ExpectsFailure = true;
        if (wrong[0] == '*')
            Assert.Equal(FrameType.Started, (await agent.Start(new Start("/bin/sleep", "100") { Flags = 0 }).Answer).Type);

        agent.SendBytes(_cases[wrong]);
        var failure = await agent.NextAsync();
        Assert.Equal((FrameType.Failure, 1u), (failure.Type, failure.UInt32(0)));
        Assert.NotEmpty(failure.Text[4..]);
        Assert.Equal(1, await agent.ExitedAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(FrameType.Start)]
    [InlineData(FrameType.Signal)]
    [InlineData(FrameType.Forget)]
    [InlineData(FrameType.Disk)]
    [InlineData(FrameType.Lease)]
    [InlineData(FrameType.Hold)]
    [InlineData(FrameType.Resume)]
    public async Task Nothing_goes_before_the_configuration(FrameType type)
    {
        await using var agent = PlainAgent.Attach(binaries);
        agent.ExpectsFailure = true;
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        agent.Send(new Frame(type, 0, 1, _goodStart));
        var failure = await agent.NextAsync();
        Assert.Equal((FrameType.Failure, $"a frame of type {(byte)type:x2}: before CONFIGURE"), (failure.Type, failure.Text[4..]));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task A_configuration_that_lacks_a_field_is_refused(ushort lacking)
    {
        await using var agent = PlainAgent.Attach(binaries);
        agent.ExpectsFailure = true;
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        var fields = new Fields();
        if (lacking != 1) fields.Add(1, "x");
        if (lacking != 2) fields.Add(2, "/");
        if (lacking != 3) fields.Add(3, 1ul << 20);
        fields.Add(4, 0ul).Add(5, 1u);
        if (lacking != 6) fields.Add(6, 1u);
        agent.Send(new Frame(FrameType.Configure, 0, 0, fields.ToArray()));
        var failure = await agent.NextAsync();
        Assert.Equal("CONFIGURE lacks a field", failure.Text[4..]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(7, "")]
    [InlineData(7, "../x")]
    [InlineData(8, "a b")]
    [InlineData(9, "x")]
    public async Task A_configuration_with_a_bad_name_is_refused(ushort tag, string value)
    {
        await using var agent = PlainAgent.Attach(binaries);
        agent.ExpectsFailure = true;
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        agent.Send(new Frame(FrameType.Configure, 0, 0, new Configuration().ToFields().Add(tag, value).ToArray()));
        var failure = await agent.NextAsync();
        Assert.Equal((FrameType.Failure, 1u), (failure.Type, failure.UInt32(0)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_frame_cut_off_by_the_end_of_the_link_is_the_end()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        agent.SendBytes(New(FrameType.Start, 0, 1, _goodStart).ToBytes()[..20]);
        agent.Close();
        Assert.Equal(0, await agent.ExitedAsync());
    }

    private static Frame New(FrameType type, byte channel, uint process, byte[] payload) => new(type, channel, process, payload);
}
