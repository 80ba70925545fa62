using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Sandboxes;

public sealed class ProcessCallTests(SharedSilo shared) : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _key = Keys.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox(_key);

    private ScriptedSandbox Live => _silo.Host[_key];

    public async ValueTask InitializeAsync() => Assert.True((await Sandbox.CreateAsync(Specs.Plain, Token)).Succeeded);

    public async ValueTask DisposeAsync() => await Sandbox.DeleteAsync("The test is over.");

    [Fact(Timeout = Deadline)]
    public async Task Starting_an_id_twice_starts_one_program()
    {
        var first = (await Start("p")).Value!;
        var second = (await Start("p", 1, 1)).Value!;
        Assert.False(first.Known);
        Assert.True(second.Known);
        Assert.Equal(first.Process.Pid, second.Process.Pid);
        Assert.Equal(1, Live.ProgramsStarted);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_retry_from_another_epoch_or_timeline_is_unknown_unless_the_id_is_known()
    {
        await Sandbox.DeleteAsync("Asked.");
        await Sandbox.CreateAsync(Specs.Plain, Token);
        Assert.Equal(SandboxErrorCode.Unknown, (await Start("p", 1, 1)).Error!.Code);
        Assert.Equal(SandboxErrorCode.Unknown, (await Start("p", 2, 7)).Error!.Code);
        Assert.Equal(0, Live.ProgramsStarted);
        Assert.False((await Start("p", 2, 1)).Value!.Known);
        Assert.True((await Start("p", 1, 1)).Value!.Known);
        Assert.False((await Start("q", null, null)).Value!.Known);
    }

    [Fact(Timeout = Deadline)]
    public async Task Starts_write_nothing_and_many_of_them_are_stored_together()
    {
        await Waiting.UntilAsync(async () => (await Sandbox.ReadEventsAsync(0, false, Token).AllAsync()).Count == 1);
        var before = _silo.Blobs.WritesOf(Blob);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 100; i++) await Start($"p{i}");
        Assert.InRange(_silo.Blobs.WritesOf(Blob) - before, 0, (int)clock.Elapsed.TotalSeconds + 1);
        await Waiting.UntilAsync(() => _silo.Blobs.WritesOf(Blob) > before);
        Assert.InRange(_silo.Blobs.WritesOf(Blob) - before, 1, (int)clock.Elapsed.TotalSeconds + 1);
    }

    [Fact(Timeout = Deadline)]
    public async Task Only_so_many_programs_run_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, SandboxGrain.MostProcesses).Select(i => Start($"p{i}")));
        var error = (await Start("more")).Error!;
        Assert.Equal(SandboxErrorCode.Limit, error.Code);
        Assert.True((await Start("p0")).Value!.Known);
        Live.Process("p0").End();
        await Waiting.UntilAsync(async () => (await Start("more")).Succeeded);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_process_that_is_not_there_is_not_found_by_any_call()
    {
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.DescribeProcessAsync("x")).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.WaitAsync("x", TimeSpan.FromSeconds(9), Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.SignalAsync("x", 9, true)).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.WriteInputAsync("x", 0, [1], cancellationToken: Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.EndInputAsync("x", 0, Token)).Error!.Code);
        Assert.Equal(SandboxErrorCode.NotFound, (await Sandbox.ResizeAsync("x", 1, 1)).Error!.Code);
        var read = await Sandbox.ReadOutputAsync("x", ProcessChannel.Stdout, default, true, Token).AllAsync();
        Assert.Equal(SandboxErrorCode.NotFound, Assert.IsType<OutputFailure>(Assert.Single(read)).Error.Code);
        await Sandbox.AcknowledgeAsync("x", ProcessChannel.Stdout, 1);
    }

    [Fact(Timeout = Deadline)]
    public async Task Calls_reach_the_process()
    {
        await Start("p");
        Assert.Equal("p", (await Sandbox.SignalAsync("p", 2, true)).Value!.Id);
        Assert.Equal([(2, true)], Live.Process("p").Signals);
        await Sandbox.ResizeAsync("p", 50, 132);
        Assert.Equal((50, 132), Live.Process("p").Size);
        await Sandbox.AcknowledgeAsync("p", ProcessChannel.Stdout, 77);
        Assert.Equal(77, Live.Process("p").Acknowledged);
        Assert.Equal("p", Assert.Single((await Sandbox.ListProcessesAsync()).Value!.Processes).Id);
        Assert.Equal(1, (await Sandbox.StatsAsync()).Value!.Processes);
    }

    [Fact(Timeout = Deadline)]
    public async Task Input_comes_out_and_a_gap_is_told_with_the_right_offset()
    {
        await Start("p");
        var reading = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, default, true, Token).AllAsync();
        Assert.Equal(3, (await Sandbox.WriteInputAsync("p", 0, [1, 2, 3], cancellationToken: Token)).Value!.Offset);
        Assert.Equal(3, (await Sandbox.WriteInputAsync("p", 9, [9], cancellationToken: Token)).Error!.Expected);
        await Sandbox.EndInputAsync("p", 3, Token);
        var items = await reading;
        Assert.Equal([1, 2, 3], Assert.IsType<OutputData>(items[0]).Data);
        Assert.True(Assert.IsType<OutputEnd>(items[1]).Ended);
    }

    [Fact(Timeout = Deadline)]
    public async Task Waiting_answers_when_the_process_ends_or_the_time_is_over()
    {
        await Start("p");
        Assert.Null((await Sandbox.WaitAsync("p", TimeSpan.FromMilliseconds(50), Token)).Value!.End);
        var waiting = Sandbox.WaitAsync("p", TimeSpan.FromHours(1), Token);
        Live.Process("p").End(code: 3);
        Assert.Equal(3, (await waiting).Value!.End!.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task Waiting_and_reading_keep_nothing_else_waiting()
    {
        await Start("p");
        var waiting = Sandbox.WaitAsync("p", TimeSpan.FromSeconds(20), Token);
        var reading = Sandbox.ReadOutputAsync("p", ProcessChannel.Stdout, default, true, Token).AllAsync();
        var events = Sandbox.ReadEventsAsync(0, true, Token).AllAsync();
        Assert.Equal(SandboxStatus.Paused, (await Sandbox.PauseAsync()).Value!.Status);
        Assert.Equal(SandboxStatus.Running, (await Sandbox.ResumeAsync()).Value!.Status);
        Assert.False((await Start("q")).Value!.Known);
        Assert.False(waiting.IsCompleted || reading.IsCompleted || events.IsCompleted);
        await Sandbox.DeleteAsync("Asked.");
        await Task.WhenAll(waiting, reading, events);
    }

    private string Blob => $"{_key.Split('/')[0]}/grains/sandbox/record/one";

    private Task<Outcome<StartedProcess>> Start(string id, long? epoch = null, long? timeline = null) =>
        Sandbox.StartAsync(Specs.Process(id), epoch, timeline, Token);
}
