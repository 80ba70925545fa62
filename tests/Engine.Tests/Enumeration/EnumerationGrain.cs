using System.Runtime.CompilerServices;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Enumeration;

[GenerateSerializer]
internal sealed class Item
{
    [Id(0)] public int Number { get; set; }
}

internal interface IEnumerationGrain : IGrainWithStringKey
{
    IAsyncEnumerable<int> Count(int to, int yieldEvery, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Endless(CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Stall(int after, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> StallUncancellably(string gate);

    IAsyncEnumerable<int> Fail(int after);

    IAsyncEnumerable<int> FailAtOnce();

    IAsyncEnumerable<int> Gated(string[] gates, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> EndMyself(int after);

    IAsyncEnumerable<Item?> Items(int count);

    IAsyncEnumerable<string> Drain(List<string> values);

    IAsyncEnumerable<bool> StaysInItsTurns();

    Task Hold(string gate);

    Task<int> Plain();

    Task End();

    Task StayActive();

    [AlwaysInterleave]
    Task<int> Running();

    Task<int> SumOf(IEnumerationGrain other, int to);
}

internal sealed class EnumerationGrain(Probe probe) : Grain, IEnumerationGrain
{
    private readonly List<Item> _items = [];
    private int _running;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Record(Key, "activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Record(Key, $"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<int> Count(int to, int yieldEvery, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        probe.Record(Key, "started");
        _running++;
        try
        {
            for (var i = 1; i <= to; i++)
            {
                if (yieldEvery > 0 && i % yieldEvery == 0) await Task.Yield();
                yield return i;
            }
        }
        finally
        {
            _running--;
            probe.Record(Key, "finally");
        }
    }

    public IAsyncEnumerable<int> Endless(CancellationToken cancellationToken = default) => Count(int.MaxValue, 10, cancellationToken);

    public async IAsyncEnumerable<int> Stall(int after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (var i = 1; i <= after; i++) yield return i;
            probe.Record(Key, "stalling");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            // Still a turn of the grain: awaiting works here.
            await Task.Yield();
            probe.Record(Key, cancellationToken.IsCancellationRequested ? "finally cancelled" : "finally");
        }
    }

    public async IAsyncEnumerable<int> StallUncancellably(string gate)
    {
        yield return 1;
        probe.Record(Key, "stalling");
        await probe.Passing(gate);
        yield return 2;
    }

    public async IAsyncEnumerable<int> Fail(int after)
    {
        for (var i = 1; i <= after; i++) yield return i;
        await Task.Yield();
        throw new InvalidOperationException($"After {after}.");
    }

    public IAsyncEnumerable<int> FailAtOnce() => throw new InvalidOperationException("At once.");

    public async IAsyncEnumerable<int> Gated(string[] gates, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < gates.Length; i++)
        {
            probe.Record(Key, $"before {gates[i]}");
            await probe.Passing(gates[i]).WaitAsync(cancellationToken);
            yield return i;
        }
    }

    public async IAsyncEnumerable<int> EndMyself(int after)
    {
        try
        {
            for (var i = 1; i <= after; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
        finally
        {
            DeactivateOnIdle();
        }
    }

    public async IAsyncEnumerable<Item?> Items(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (i % 2 == 0) await Task.Yield();
            if (_items.Count <= i) _items.Add(new Item { Number = i });
            yield return i % 5 == 4 ? null : _items[i];
        }
    }

    public async IAsyncEnumerable<string> Drain(List<string> values)
    {
        while (values.Count > 0)
        {
            await Task.Yield();
            var value = values[0];
            values.RemoveAt(0);
            yield return value;
        }
    }

    public async IAsyncEnumerable<bool> StaysInItsTurns()
    {
        var scheduler = TaskScheduler.Current;
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(1);
            yield return TaskScheduler.Current == scheduler && scheduler != TaskScheduler.Default;
        }
    }

    public async Task Hold(string gate)
    {
        probe.Record(Key, "holding");
        await probe.Passing(gate);
    }

    public Task<int> Plain() => Task.FromResult(_running);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task StayActive()
    {
        DelayDeactivation(TimeSpan.FromMinutes(1));
        return Task.CompletedTask;
    }

    public Task<int> Running() => Task.FromResult(_running);

    public async Task<int> SumOf(IEnumerationGrain other, int to)
    {
        var sum = 0;
        await foreach (var number in other.Count(to, 7)) sum += number;
        return sum;
    }
}
