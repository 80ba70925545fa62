using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Tests.Doubles;
using static Sandbox.Grains.Events.SandboxEventType;

namespace Sandbox.Grains.Tests.Processes;

public sealed class ProcessLedgerTests
{
    private readonly ProcessLedger _ledger = new();

    [Fact]
    public void Each_start_and_each_end_is_told_once()
    {
        var (a, b) = (New("a"), New("b"));
        Assert.Equal([(ProcessStarted, "a")], Look(_ledger, a));
        Assert.Equal([(ProcessStarted, "b")], Look(_ledger, a, b));
        Assert.Equal(2, _ledger.RunningCount);
        a.End();
        Assert.Equal([(ProcessExited, "a")], Look(_ledger, a, b));
        Assert.Empty(Look(_ledger, a, b));
        Assert.Equal(["b"], _ledger.Running);
    }

    [Fact]
    public void What_started_and_ended_between_two_looks_is_told_whole()
    {
        var a = New("a");
        a.End();
        Assert.Equal([(ProcessStarted, "a"), (ProcessExited, "a")], Look(_ledger, a));
    }

    [Fact]
    public void One_that_the_host_has_forgotten_has_ended()
    {
        Look(_ledger, New("a"));
        Assert.Equal([(ProcessExited, "a")], Look(_ledger));
        Assert.Empty(Look(_ledger));
    }

    [Fact]
    public void A_ledger_from_storage_goes_on_where_the_first_was()
    {
        var log = new EventLog(new EventLogState());
        var (a, b, c) = (New("a"), New("b"), New("c"));
        foreach (var news in _ledger.Look([a, b], default)) log.Append(news);
        a.End();
        foreach (var news in _ledger.Look([a, b], default)) log.Append(news);
        var after = new ProcessLedger(log.Store(0, _ledger.Running));
        b.End();
        Assert.Equal([(ProcessStarted, "c"), (ProcessExited, "b")], Look(after, a, b, c));
    }

    private static ScriptedProcess New(string id) => new(Specs.Process(id), 1);

    private static (SandboxEventType Type, string Id)[] Look(ProcessLedger ledger, params ILiveProcess[] processes) =>
        [.. ledger.Look(processes, DateTimeOffset.UnixEpoch).Select(happened => (happened.Type, happened.ProcessId!))];
}
