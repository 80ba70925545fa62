using Sandbox.Grains.Events;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>Two silos that know nothing of each other, on one store.</summary>
public sealed class SharedStoreTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task What_another_host_runs_is_left_alone_until_it_is_needed_and_then_goes_on_here()
    {
        await using var one = await TestSilo.StartAsync();
        var key = Keys.New();
        Assert.True((await one.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        var holding = new Holding(() => one.Host.FindSandbox(key) is not null, () => one.Sandbox(key).SuspendAsync());
        await using var two = await TestSilo.StartAsync(before: one, on: new ScriptedHost { Stored = one.Host.Stored, Holding = holding });

        Assert.Equal(SandboxStatus.Running, (await two.Sandbox(key).DescribeAsync()).Value!.Status);
        Assert.NotNull(one.Host.FindSandbox(key));
        Assert.Equal(0, holding.Asked);

        var here = await two.Sandbox(key).RestoreAsync(Test);
        Assert.True(here.Succeeded, here.Error?.Message);
        Assert.Equal((SandboxStatus.Running, 2, 1), (here.Value!.Status, here.Value.Epoch, here.Value.Timeline));
        Assert.Null(one.Host.FindSandbox(key));
        Assert.NotNull(two.Host.FindSandbox(key));
        Assert.Equal(1, holding.Asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_another_host_does_not_let_go_is_refused_and_its_record_stays()
    {
        await using var one = await TestSilo.StartAsync();
        var key = Keys.New();
        Assert.True((await one.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        var holding = new Holding(() => true, () => Task.CompletedTask);
        await using var two = await TestSilo.StartAsync(before: one, on: new ScriptedHost { Stored = one.Host.Stored, Holding = holding });

        Assert.Equal(SandboxErrorCode.Unavailable, (await two.Sandbox(key).RestoreAsync(Test)).Error?.Code);
        Assert.Equal(SandboxErrorCode.Unavailable, (await two.Sandbox(key).DeleteAsync("test")).Error?.Code);
        Assert.True((await one.Sandbox(key).PauseAsync()).Succeeded);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_another_host_goes_on_from_cannot_be_deleted_here()
    {
        await using var one = await TestSilo.StartAsync();
        var key = Keys.New();
        Assert.True((await one.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Succeeded);
        var first = (await one.Sandbox(key).CheckpointAsync(null, Test)).Value!;
        string? current = first.Id;
        var holding = new Holding(() => true, () => Task.CompletedTask) { Head = () => new SandboxHead { Checkpoint = current } };
        await using var two = await TestSilo.StartAsync(before: one, on: new ScriptedHost { Stored = one.Host.Stored, Holding = holding });
        Assert.Equal(SandboxStatus.Running, (await two.Sandbox(key).DescribeAsync()).Value!.Status);

        // The record was read here before.
        current = (await one.Sandbox(key).CheckpointAsync(null, Test)).Value!.Id;
        Assert.Equal(SandboxErrorCode.Conflict, (await two.Sandbox(key).DeleteCheckpointAsync(current, Test)).Error?.Code);
        Assert.True((await two.Sandbox(key).DeleteCheckpointAsync(first.Id, Test)).Succeeded);
        Assert.Equal(current, Assert.Single(await one.Host.Stored.ListAsync(key, Test)).Id);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_another_host_did_since_is_what_is_said_here()
    {
        await using var one = await TestSilo.StartAsync();
        var key = Keys.New();
        var old = (await one.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Value!.Token;
        var epoch = 1L;
        var holding = new Holding(() => one.Host.FindSandbox(key) is not null, () => Task.CompletedTask) { Head = () => new SandboxHead { Epoch = epoch } };
        await using var two = await TestSilo.StartAsync(before: one, on: new ScriptedHost { Stored = one.Host.Stored, Holding = holding });
        Assert.True(await two.Sandbox(key).CheckTokenAsync(old!));
        Assert.True((await one.Sandbox(key).PauseAsync()).Succeeded);
        Assert.Equal(SandboxStatus.Paused, (await two.Sandbox(key).DescribeAsync()).Value!.Status);
        Assert.True((await one.Sandbox(key).SuspendAsync()).Succeeded);
        Assert.Equal(SandboxStatus.Suspended, (await two.Sandbox(key).DescribeAsync()).Value!.Status);

        // It sleeps, as far as the second host has read.
        Assert.True((await one.Sandbox(key).RestoreAsync(Test)).Succeeded);
        epoch = 2;
        var said = (await two.Sandbox(key).DescribeAsync()).Value!;
        Assert.Equal((SandboxStatus.Running, 2), (said.Status, said.Epoch));
        Assert.Contains(await two.Sandbox(key).ReadEventsAsync(0, follow: false, Test).AllAsync(), happened => happened.Type is SandboxEventType.Restored);

        // Another sandbox has its id now, and the token of the one before opens it nowhere.
        Assert.True((await one.Sandbox(key).SuspendAsync()).Succeeded);
        Assert.Equal(SandboxStatus.Suspended, (await two.Sandbox(key).DescribeAsync()).Value!.Status);
        Assert.True((await one.Sandbox(key).DeleteAsync("test")).Succeeded);
        var token = (await one.Sandbox(key).CreateAsync(Specs.Plain, null, Test)).Value!.Token;
        epoch = 3;
        Assert.Equal((false, true), (await two.Sandbox(key).CheckTokenAsync(old!), await two.Sandbox(key).CheckTokenAsync(token!)));
        Assert.Equal(0, holding.Asked);
    }

    private sealed class Holding(Func<bool> elsewhere, Func<Task> letGo) : ISandboxHolding
    {
        public Func<SandboxHead?> Head { get; init; } = () => null;

        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public bool IsShared => true;

        public Task<SandboxHead?> FindHeadAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Head());

        public Task<bool> IsElsewhereAsync(string key, CancellationToken cancellationToken) => Task.FromResult(elsewhere());

        public async Task<SandboxError?> BringAsync(string key, CancellationToken cancellationToken)
        {
            if (!elsewhere()) return null;
            Interlocked.Increment(ref _asked);
            await letGo();
            return elsewhere() ? new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "Held elsewhere." } : null;
        }

        public Task ForgetAsync(string key, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
