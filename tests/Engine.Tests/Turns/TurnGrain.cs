using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Turns;

internal interface ITurnGrain : IGrainWithStringKey
{
    Task<int> AddSlowly();

    Task<int> Overlaps();

    Task Hold(string gate);

    Task<int> Plain();

    [AlwaysInterleave]
    Task<int> Interleaved();

    [ReadOnly]
    Task ReadHold(string gate);

    Task<bool> StaysInItsTurns();

    Task<int> CountInParallel(int tasks);

    Task<string?> AmbientValue();

    Task CallMyself();

    Task Ask(ITurnGrain other);

    Task AskBack(ITurnGrain other);

    [OneWay]
    Task HoldUnawaited(string gate);

    [OneWay]
    Task FailUnawaited();

    ValueTask<int> Valued(int value);

    ValueTask ValuedNothing();
}

internal class TurnGrain(Probe probe) : Grain, ITurnGrain
{
    public static readonly AsyncLocal<string?> Ambient = new();

    private int _value;
    private bool _inside;
    private int _overlaps;

    private string Key => this.GetPrimaryKeyString();

    public async Task<int> AddSlowly()
    {
        if (_inside) _overlaps++;
        _inside = true;
        var before = _value;
        await Task.Yield();
        _value = before + 1;
        await Task.Delay(0);
        _inside = false;
        return _value;
    }

    public Task<int> Overlaps() => Task.FromResult(_overlaps);

    public async Task Hold(string gate)
    {
        probe.Record(Key, $"holding {gate}");
        await probe.Passing(gate);
        probe.Record(Key, $"passed {gate}");
        _value++;
    }

    public Task<int> Plain() => Task.FromResult(_value);

    public Task<int> Interleaved() => Task.FromResult(_value);

    public Task ReadHold(string gate) => Hold(gate);

    public async Task<bool> StaysInItsTurns()
    {
        var scheduler = TaskScheduler.Current;
        if (scheduler == TaskScheduler.Default) return false;
        await Task.Delay(1);
        if (TaskScheduler.Current != scheduler) return false;
        await Task.Run(() => { });
        return TaskScheduler.Current == scheduler;
    }

    public async Task<int> CountInParallel(int tasks)
    {
        // Safe without a lock exactly when all of these run in turns.
        var count = 0;
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(async _ =>
        {
            await Task.Yield();
            var before = count;
            Thread.SpinWait(100);
            count = before + 1;
        }));
        return count;
    }

    public Task<string?> AmbientValue() => Task.FromResult(Ambient.Value);

    public Task CallMyself() => GrainFactory.GetGrain<ITurnGrain>(Key).Plain();

    public Task Ask(ITurnGrain other) => other.AskBack(this.AsReference<ITurnGrain>());

    public Task AskBack(ITurnGrain other) => other.Plain();

    public Task HoldUnawaited(string gate) => Hold(gate);

    public Task FailUnawaited() => throw new InvalidOperationException("Nobody hears this.");

    public ValueTask<int> Valued(int value) => new(value + 1);

    public async ValueTask ValuedNothing() => await Task.Yield();
}
