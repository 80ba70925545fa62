using Sandbox.Grains.Events;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Sandboxes;

/// <summary>Sandboxes whose checkpoint cannot be restored any more.</summary>
public sealed class ColdStartTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(_key);

    [Fact(Timeout = Deadline)]
    public async Task Only_who_asks_for_it_starts_one_cold_and_what_is_lost_is_told_by_its_ids()
    {
        await CreateAsync("p", "q", "over");
        _silo.Host[_key].Process("over").End(code: 3);
        await EventsUntilAsync(ProcessExited);
        await Sandbox.SuspendAsync();
        Refuse(canStartCold: true);
        var waiting = Sandbox.WaitAsync("p", TimeSpan.FromSeconds(20), Token);
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.RestoreAsync(Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.StartAsync(Specs.Process("new"), 1, 1, Token)).Error!.Code);
        Assert.Equal((SandboxStatus.Suspended, 1), ((await Sandbox.DescribeAsync()).Value!.Status, (await Sandbox.DescribeAsync()).Value!.Timeline));
        Assert.False(waiting.IsCompleted);

        var started = (await Sandbox.RestoreColdAsync(Token)).Value!;
        Assert.Equal((SandboxStatus.Running, 2), (started.Status, started.Timeline));
        Assert.Equal(ProcessEndReason.SandboxEnded, (await waiting).Value!.End!.Reason);
        Assert.Equal(SandboxErrorCode.Unknown, (await Sandbox.StartAsync(Specs.Process("retried"), 1, 1, Token)).Error!.Code);
        Assert.True((await Sandbox.StartAsync(Specs.Process("q"), 1, 1, Token)).Value!.Known);
        Assert.True((await Sandbox.StartAsync(Specs.Process("new"), started.Epoch, 2, Token)).Succeeded);

        var events = await EventsUntilAsync(ProcessStarted, after: StartedCold);
        var told = events.Single(happened => happened.Type is StartedCold);
        Assert.Equal(["p", "q"], told.ProcessIds!.Order());
        Assert.Equal((2L, "It is damaged.", DateTimeOffset.UnixEpoch), (told.Timeline, told.Reason, told.Since));
        var lost = events.SkipWhile(happened => happened != told).Where(happened => happened.Type is ProcessExited).ToList();
        Assert.Equal(["p", "q"], lost.Select(happened => happened.ProcessId!).Order());
        Assert.All(lost, happened => Assert.Equal(ProcessEndReason.SandboxEnded, happened.End!.Reason));
        Assert.DoesNotContain(Restored, events.Select(happened => happened.Type));
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_can_be_restored_is_and_one_without_files_sleeps_on()
    {
        await CreateAsync("p");
        await Sandbox.SuspendAsync();
        Assert.Equal(1, (await Sandbox.RestoreColdAsync(Token)).Value!.Timeline);
        Assert.Null((await Sandbox.DescribeProcessAsync("p")).Value!.End);
        await Sandbox.SuspendAsync();
        Refuse(canStartCold: false);
        Assert.Equal(SandboxErrorCode.Conflict, (await Sandbox.RestoreColdAsync(Token)).Error!.Code);
        Assert.Equal(SandboxStatus.Suspended, (await Sandbox.DescribeAsync()).Value!.Status);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_ran_is_told_also_after_a_loss_and_where_nothing_is_known_that_is_told(bool legible)
    {
        await using var silo = await TestSilo.StartAsync();
        silo.Host.IsImageLegible = legible;
        var sandbox = silo.Sandbox(_key);
        await sandbox.CreateAsync(Specs.Plain, null, Token);
        await sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        await sandbox.CheckpointAsync(null, Token);
        silo.Host[_key].Lose("Out of memory.");
        await Waiting.UntilAsync(async () => (await sandbox.DescribeAsync()).Value!.Status is SandboxStatus.Suspended);
        silo.Host.Refusals[_key] = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "It is damaged.", CanStartCold = true };

        Assert.Equal(3, (await sandbox.RestoreColdAsync(Token)).Value!.Timeline);
        var events = new List<SandboxEvent>();
        await foreach (var happened in sandbox.ReadEventsAsync(0, follow: false, Token)) events.Add(happened);
        var told = events.Single(happened => happened.Type is StartedCold);
        Assert.Equal(legible ? ["p"] : null, told.ProcessIds);
        Assert.Equal(legible ? 1 : 0, events.Count(happened => happened is { Type: ProcessExited, ProcessId: "p" } && happened.Sequence > told.Sequence));
        Assert.Equal(legible ? 1 : 0, (await sandbox.ListProcessesAsync()).Value!.Processes.Length);
    }

    private void Refuse(bool canStartCold) =>
        _silo.Host.Refusals[_key] = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "It is damaged.", CanStartCold = canStartCold };

    private async Task CreateAsync(params string[] processes)
    {
        await Sandbox.CreateAsync(Specs.Plain, null, Token);
        foreach (var id in processes) await Sandbox.StartAsync(Specs.Process(id), null, null, Token);
    }

    private async Task<List<SandboxEvent>> EventsUntilAsync(SandboxEventType last, SandboxEventType? after = null)
    {
        var events = new List<SandboxEvent>();
        await foreach (var happened in Sandbox.ReadEventsAsync(0, follow: true, Token))
        {
            events.Add(happened);
            if (happened.Type == after) after = null;
            else if (happened.Type == last && after is null) break;
        }

        return events;
    }
}
