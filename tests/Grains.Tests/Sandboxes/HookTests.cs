using Sandbox.Grains.Events;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class HookTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(_key);

    [Fact(Timeout = Deadline)]
    public async Task They_run_as_a_process_of_the_servers_after_every_restore_and_not_at_the_start()
    {
        _silo.Host.Hooks[_key] = null;
        await Sandbox.CreateAsync(Specs.Plain with { Root = true }, Token);
        Assert.Empty((await Sandbox.ListProcessesAsync()).Value!.Processes);
        await Sandbox.SuspendAsync();
        await Sandbox.RestoreAsync(Token);
        var hooks = await ProcessAsync("sandbox.hooks.2");
        Assert.Equal((false, "restore", "/", Hooks.Limit), (hooks.Spec.Root, hooks.Spec.Arguments[^1], hooks.Spec.Directory, hooks.Spec.Timeout));
        hooks.End(code: 0);
        await UntilAsync(ProcessExited);
        Assert.DoesNotContain(HookFailed, await TypesAsync());

        var checkpoint = (await Sandbox.CheckpointAsync(null, Token)).Value!;
        await Sandbox.RewindAsync(checkpoint.Id, Token);
        Assert.Equal("restore", (await ProcessAsync("sandbox.hooks.4")).Spec.Arguments[^1]);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_fork_runs_them_as_one()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var key = _key[..(_key.IndexOf('/', StringComparison.Ordinal) + 1)] + "two";
        _silo.Host.Hooks[key] = null;
        Assert.True((await Sandbox.ForkAsync(["two"], Token)).Succeeded);
        await Waiting.UntilAsync(() => Task.FromResult(_silo.Host[key].Find("sandbox.hooks.1") is not null));
        Assert.Equal("fork", _silo.Host[key].Process("sandbox.hooks.1").Spec.Arguments[^1]);
        Assert.Empty(_silo.Host[_key].Processes);
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_begins_from_a_start_state_runs_them_as_a_fork_does()
    {
        _silo.Host.Hooks[_key] = null;
        var created = await Sandbox.CreateAsync(Specs.Plain with { Start = "state" }, Token);
        Assert.Equal("state", created.Value!.Sandbox.Spec.Start);
        Assert.Equal("fork", (await ProcessAsync("sandbox.hooks.1")).Spec.Arguments[^1]);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(ProcessEndReason.Exited, 1, true)]
    [InlineData(ProcessEndReason.Exited, 0, false)]
    [InlineData(ProcessEndReason.Killed, null, true)]
    [InlineData(ProcessEndReason.Timeout, null, true)]
    [InlineData(ProcessEndReason.OutOfMemory, null, true)]
    [InlineData(ProcessEndReason.SandboxEnded, null, false)]
    public void Whatever_end_of_theirs_is_not_good_is_a_failure(ProcessEndReason reason, int? code, bool failed)
    {
        var end = new ProcessEnd { Reason = reason, Code = code, Ran = default, Cpu = default };
        Assert.Equal(failed, Hooks.Failed("sandbox.hooks.3", end));
        Assert.False(Hooks.Failed("mine", end));
        Assert.False(Hooks.Failed("sandbox.hooks.3", null));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_failure_is_told_behind_the_exit()
    {
        _silo.Host.Hooks[_key] = null;
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.SuspendAsync();
        await Sandbox.RestoreAsync(Token);
        (await ProcessAsync("sandbox.hooks.2")).End(code: 1);
        await UntilAsync(HookFailed);
        var events = await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync();
        Assert.Equal([Created, Suspended, Restored, ProcessStarted, ProcessExited, HookFailed], events.Select(happened => happened.Type));
        Assert.Equal(("sandbox.hooks.2", 1), (events[^1].ProcessId, events[^1].End!.Code));
    }

    [Fact(Timeout = Deadline)]
    public async Task Hooks_that_cannot_be_started_are_told_and_hold_up_nothing()
    {
        _silo.Host.Hooks[_key] = new SandboxError { Code = SandboxErrorCode.Invalid, Message = "There is no /bin/sh." };
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.SuspendAsync();
        Assert.True((await Sandbox.RestoreAsync(Token)).Succeeded);
        await UntilAsync(HookFailed);
        var failed = (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync())[^1];
        Assert.Equal(("sandbox.hooks.2", null, "There is no /bin/sh."), (failed.ProcessId, failed.End, failed.Reason));
    }

    [Fact(Timeout = Deadline)]
    public async Task Their_ids_are_nobody_elses()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        Assert.Equal(SandboxErrorCode.Invalid, (await Sandbox.StartAsync(Specs.Process("sandbox.hooks.2"), null, null, Token)).Error!.Code);
        Assert.True((await Sandbox.StartAsync(Specs.Process("sandbox-hooks"), null, null, Token)).Succeeded);
    }

    private async Task<ScriptedProcess> ProcessAsync(string id)
    {
        await Waiting.UntilAsync(() => Task.FromResult(_silo.Host[_key].Find(id) is not null));
        return _silo.Host[_key].Process(id);
    }

    private async Task<SandboxEventType[]> TypesAsync() =>
        [.. (await Sandbox.ReadEventsAsync(0, follow: false, Token).AllAsync()).Select(happened => happened.Type)];

    private Task UntilAsync(SandboxEventType type) => Waiting.UntilAsync(async () => (await TypesAsync()).Contains(type));
}
