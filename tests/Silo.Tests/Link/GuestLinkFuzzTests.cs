using System.Globalization;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>Random guests. A failure prints its seed; SANDBOX_FUZZ_SEED repeats it.</summary>
public sealed class GuestLinkFuzzTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_a_guest_sends_ends_in_a_typed_reason_and_nothing_hangs(bool framed)
    {
        var given = Environment.GetEnvironmentVariable("SANDBOX_FUZZ_SEED");
        var first = given is null ? Environment.TickCount : int.Parse(given, CultureInfo.InvariantCulture);
        var rounds = given is null ? 200 : 1;
        for (var seed = first; seed < first + rounds; seed++)
        {
            try
            {
                await RoundAsync(new Random(seed), framed);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
    }

    private static async Task RoundAsync(Random random, bool framed)
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var waiting = await Waiting.OnAsync(guest);
        for (var i = 0; i < 200 && !guest.Link.Ended.IsCompleted; i++)
        {
            await guest.SendHostileAsync(framed ? RandomFrame(random) : RandomBytes(random, random.Next(1, 200)));
        }

        await guest.HangUpAsync();
        var end = await guest.Link.Ended.WaitAsync(Test);
        Assert.Contains(end.Kind, new[] { LinkEndKind.Violation, LinkEndKind.GuestGone, LinkEndKind.GuestFailed });
        await waiting.CompleteAsync();
    }

    // Mostly right, so that the states behind the first checks are reached too.
    private static byte[] RandomFrame(Random random)
    {
        var process = (uint)random.Next(1, 4);
        var frame = random.Next(12) switch
        {
            0 => GuestFrames.Started(process),
            1 => GuestFrames.StartFailed(process, stage: (byte)random.Next(1, 8)),
            2 => GuestFrames.OutputEnd(process, (LinkChannel)random.Next(1, 4), 0),
            3 => GuestFrames.InputAck(process, (ulong)random.Next(0, 8)),
            4 => GuestFrames.Exit(process, (uint)random.Next(0, 260)),
            5 => GuestFrames.Drained(process),
            6 => GuestFrames.Poured(process),
            7 => GuestFrames.Pong((ulong)random.Next(3)),
            _ => GuestFrames.Output(process, (LinkChannel)random.Next(1, 3), 0, RandomBytes(random, random.Next(1, 100))),
        };
        if (random.Next(20) == 0)
        {
            frame[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
        }

        return frame;
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
