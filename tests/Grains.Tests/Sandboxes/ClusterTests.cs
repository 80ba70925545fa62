using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>A sandbox on a host of several: it goes where there is room, and comes back from where it was let go.</summary>
public sealed class ClusterTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task On_a_full_host_nothing_is_created_or_woken_while_another_has_room()
    {
        var rooms = new Rooms();
        await using var silo = await TestSilo.StartAsync(on: new ScriptedHost { Rooms = rooms });
        var (sleeper, other) = (Keys.New(), Keys.New());
        Assert.True((await silo.Sandbox(sleeper).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        Assert.True((await silo.Sandbox(sleeper).SuspendAsync()).Succeeded);

        rooms.Full = true;
        Assert.Equal(SandboxErrorCode.Moved, (await silo.Sandbox(other).CreateAsync(Specs.Plain, null, Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Moved, (await silo.Sandbox(sleeper).RestoreAsync(Test)).Error?.Code);

        // Many calls at once, which wait for one another, all hear of it.
        var starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(number =>
            silo.Sandbox(sleeper).StartAsync(new ProcessSpec { Id = $"p{number}", Arguments = ["true"] }, null, null, Test)));
        Assert.All(starts, start => Assert.Equal(SandboxErrorCode.Moved, start.Error?.Code));
        Assert.Single(silo.Host.Started);
        Assert.Equal(SandboxStatus.Suspended, (await silo.Sandbox(sleeper).DescribeAsync()).Value!.Status);

        rooms.Full = false;
        var woken = await silo.Sandbox(sleeper).RestoreAsync(Test);
        Assert.Equal((SandboxStatus.Running, 1), (woken.Value!.Status, woken.Value.Timeline));

        // What lives stays, however full it is.
        rooms.Full = true;
        Assert.True((await silo.Sandbox(sleeper).PauseAsync()).Succeeded);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_sleeps_on_a_host_that_stops_sends_its_readers_on_if_another_has_room()
    {
        var rooms = new Rooms();
        await using var silo = await TestSilo.StartAsync(on: new ScriptedHost { Rooms = rooms });
        var key = Keys.New();
        Assert.True((await silo.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        await using var reader = silo.Sandbox(key).ReadEventsAsync(0, follow: true, Test).GetAsyncEnumerator(Test);
        Assert.True(await reader.MoveNextAsync());
        Assert.True((await silo.Sandbox(key).SuspendAsync()).Succeeded);

        await silo.Sandbox(key).MakeWayAsync();
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(SandboxEventType.Suspended, reader.Current.Type);

        rooms.Full = true;
        var further = reader.MoveNextAsync();
        await silo.Sandbox(key).MakeWayAsync();
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await further);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_its_holder_let_go_without_its_grain_goes_on_from_there_and_nothing_is_told_as_lost()
    {
        await using var one = await TestSilo.StartAsync();
        var key = Keys.New();
        Assert.True((await one.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        var taken = await one.Host[key].CheckpointAsync(new CheckpointRequest { Suspend = true, Epoch = 1, Timeline = 1 }, Test);
        one.Host.Crash();
        var head = new SandboxHead { Epoch = 1, Timeline = 1, Status = HeadStatus.Suspended, Checkpoint = taken.Value!.Id };
        await using var two = await TestSilo.StartAsync(before: one, on: new ScriptedHost { Stored = one.Host.Stored, Holding = new LetGo(head) });

        var described = await two.Sandbox(key).DescribeAsync();
        Assert.Equal((SandboxStatus.Suspended, 1), (described.Value!.Status, described.Value.Timeline));
        Assert.Equal(SandboxStatus.Running, (await two.Sandbox(key).RestoreAsync(Test)).Value!.Status);
        var told = (await two.Sandbox(key).ReadEventsAsync(0, follow: false, Test).AllAsync()).ConvertAll(happened => happened.Type);
        Assert.DoesNotContain(SandboxEventType.Rewound, told);
        Assert.Contains(SandboxEventType.Suspended, told);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_another_host_asks_for_is_suspended_by_its_own_grain()
    {
        await using var silo = await TestSilo.StartAsync();
        var key = Keys.New();
        Assert.True((await silo.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        silo.Host[key].Want();
        await Waiting.UntilAsync(async () => (await silo.Sandbox(key).DescribeAsync()).Value!.Status is SandboxStatus.Suspended);
        Assert.Null(silo.Host.FindSandbox(key));
    }

    private sealed class Rooms : IHostRooms
    {
        public bool Full { get; set; }

        public HostReadiness Readiness => new(true, null);

        public bool IsElsewhere(SandboxSpec spec) => Full;

        public void SendElsewhere(IGrainContext grain, SandboxSpec spec) => grain.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "There is room elsewhere."));
    }

    private sealed class LetGo(SandboxHead head) : ISandboxHolding
    {
        public bool IsShared => true;

        public Task<SandboxHead?> FindHeadAsync(string key, CancellationToken cancellationToken) => Task.FromResult<SandboxHead?>(head);

        public Task<bool> IsElsewhereAsync(string key, CancellationToken cancellationToken) => Task.FromResult(false);

        public Task<SandboxError?> BringAsync(string key, CancellationToken cancellationToken) => Task.FromResult<SandboxError?>(null);

        public Task ForgetAsync(string key, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
