using System.Buffers.Binary;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkLeaseTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task The_agent_is_told_for_how_long_programs_may_run_and_never_for_ever()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        guest.Link.Lease(TimeSpan.FromSeconds(3));
        Assert.Equal(3_000u, await LeaseAsync(guest));
        guest.Link.Lease(TimeSpan.Zero);
        guest.Link.Lease(TimeSpan.FromTicks(1));
        Assert.Equal(1u, await LeaseAsync(guest));
        guest.Link.Lease(TimeSpan.MaxValue);
        Assert.Equal(uint.MaxValue, await LeaseAsync(guest));
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_is_said_of_it_while_the_link_stands_still()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var holding = guest.Link.HoldAsync();
        await guest.ExpectAsync(FrameType.Hold);
        guest.Link.Lease(TimeSpan.FromSeconds(1));
        await guest.SendAsync(GuestFrames.Of(FrameType.Held, 0));
        await holding;
        guest.Link.Lease(TimeSpan.FromSeconds(1));
        var resuming = guest.Link.ResumeAsync(new GuestResumption());
        await guest.ExpectAsync(FrameType.Resume);
        guest.Link.Lease(TimeSpan.FromSeconds(1));
        await guest.SendAsync(GuestFrames.Of(FrameType.Resumed, 0));
        await resuming;
        guest.Link.Lease(TimeSpan.FromSeconds(2));
        Assert.Equal(2_000u, await LeaseAsync(guest));
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_passes_in_either_direction_once_the_sandbox_is_not_held()
    {
        foreach (var arrives in new[] { true, false })
        {
            await using var guest = await ScriptedGuest.ReadyAsync();
            var held = true;
            guest.Link.GuardBy(() => Volatile.Read(ref held));
            var process = await guest.StartAsync();
            Volatile.Write(ref held, false);
            if (arrives) await guest.SendAsync(GuestFrames.Exit(process.Number));
            else _ = process.Signal(15, SignalScope.Process);
            var end = await guest.Link.Ended.WaitAsync(Test);
            Assert.Equal(LinkEndKind.Closed, end.Kind);
            await Assert.ThrowsAsync<LinkException>(() => process.Exited);
        }
    }

    private static async Task<uint> LeaseAsync(ScriptedGuest guest) =>
        BinaryPrimitives.ReadUInt32LittleEndian((await guest.ExpectAsync(FrameType.Lease)).Payload);
}
