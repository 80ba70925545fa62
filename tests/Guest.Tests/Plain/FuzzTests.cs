using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>Whatever a host sends, the agent goes on or says why not; the sanitizers watch. SANDBOX_FUZZ_SEED sets another seed.</summary>
public sealed class FuzzTests(GuestBinaries binaries, ITestOutputHelper output)
{
    private static readonly string[][] _commands =
        [["/bin/true"], ["/bin/cat"], ["/usr/bin/seq", "100000"], ["/bin/sh", "-c", "sleep 0.1 & echo x"], ["/bin/sleep", "5"], ["no-such"], ["/bin/cat", "/tmp/guest-fuzz"]];

    [Fact(Timeout = 120_000)]
    public async Task Random_frames_never_break_the_agent()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SANDBOX_FUZZ_SEED"), out var given) ? given : 20_261_125;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            await using var agent = await PlainAgent.StartAsync(binaries);
            agent.ExpectsFailure = agent.ExpectsAnything = true;
            var next = 1u;
            for (var i = 0; i < 150; i++)
                agent.SendBytes(NextBytes(random, ref next));
            agent.Send(new Frame(FrameType.Ping, 0, 0, Frame.Bytes(0xfedcba98_76543210)));
            Assert.True(await AnswersOrFailsAsync(agent), $"seed {seed}, round {round}: {agent.Describe()}");
        }
    }

    private static async Task<bool> AnswersOrFailsAsync(AgentSession agent)
    {
        while (true)
        {
            var frame = await agent.NextAsync();
            if (frame.Type == FrameType.Failure) return frame.UInt32(0) == 1;
            if (frame.Type == FrameType.Pong && frame.UInt64(0) == 0xfedcba98_76543210) return true;
        }
    }

    private static byte[] NextBytes(Random random, ref uint next)
    {
        var frame = NextFrame(random, ref next);
        var bytes = frame.ToBytes();
        // Mostly as it should be, since anything else is the end of this round.
        if (frame.Type == FrameType.Hold && random.Next(20) != 0)
            bytes = [.. bytes, .. new Frame(FrameType.Resume, 0, 0, NextResume(random).ToFields().ToArray()).ToBytes()];
        // Rarely, since it is mostly the end of this round. Never the length: of a longer frame the agent rightly waits for the rest.
        if (random.Next(60) == 0)
            bytes[random.Next(sizeof(uint), bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static Frame NextFrame(Random random, ref uint next)
    {
        var process = (uint)random.Next(1, (int)Math.Max(2, next));
        switch (random.Next(next == 1 ? 1 : 14))
        {
            case 0:
                return new Frame(FrameType.Start, 0, next, NextStart(random).ToFields(next++).ToArray());
            case 1:
                var fields = new Fields().Add(1, new string('x', random.Next(100_000))).Add(3, random.Next(2) == 0 ? 0u : 2u);
                if (random.Next(3) == 0) fields.Add(4, $"/tmp/guest-fuzz-{random.Next(5)}").Add(5, "y");
                return new Frame(FrameType.Pour, 0, process, fields.ToArray());
            case 2:
                return new Frame(FrameType.Signal, 0, process, [(byte)random.Next(1, 65), (byte)random.Next(2)]);
            case 3:
                return new Frame(FrameType.Ping, 0, 0, Frame.Bytes((ulong)random.NextInt64()));
            case 4 or 5:
                return new Frame(FrameType.OutputAck, (byte)random.Next(1, 5), process, Frame.Bytes(random.Next(4) == 0 ? (ulong)random.Next(70_000) : 0));
            case 6:
                return new Frame(FrameType.Input, 0, next - 1, [.. Frame.Bytes(0ul), .. new byte[random.Next(3) == 0 ? random.Next(65_536) : 0]]);
            case 7 when random.Next(10) == 0:
                return new Frame(FrameType.Forget, 0, process, []);
            case 8 when random.Next(30) == 0:
                return new Frame(FrameType.InputEnd, 0, process, Frame.Bytes(0ul));
            case 9:
                return new Frame(FrameType.Resize, 0, process, [(byte)random.Next(1, 255), 0, (byte)random.Next(1, 255), 1]);
            case 10:
                return new Frame(FrameType.Disk, 0, 0, []);
            case 11:
                return new Frame(FrameType.Lease, 0, 0, Frame.Bytes(random.Next(3) == 0 ? 0 : (uint)random.Next(1, 20)));
            case 12:
                return new Frame(FrameType.Hold, 0, 0, []);
            default:
                return new Frame(FrameType.Signal, 0, process, [18, 0]);
        }
    }

    private static Resume NextResume(Random random) => random.Next(2) == 0 ? Resume.Original : new Resume
    {
        Generation = $"g{random.Next()}",
        Hostname = random.Next(2) == 0 ? "fuzzed" : null,
        Sandbox = random.Next(2) == 0 ? "copy" : null,
    };

    private static Start NextStart(Random random)
    {
        var start = new Start(_commands[random.Next(_commands.Length)]) { Flags = (uint)random.Next(4), Id = random.Next(5) == 0 ? "same" : null };
        if (random.Next(6) == 0)
            start = start with { Flags = start.Flags | Start.Mould, MouldPath = "/tmp/guest-fuzz", ResultPath = random.Next(2) == 0 ? "/tmp/guest-fuzz-result" : null };
        else if (random.Next(3) == 0)
            start = start with { Flags = start.Flags & Start.Result, Size = ((ushort)random.Next(1, 1000), 80) };
        if (random.Next(6) == 0)
            start = start with { Limits = [((uint)random.Next(20), (ulong)random.NextInt64())] };
        return random.Next(6) == 0 ? start with { Directory = "/no/such" } : start;
    }
}
