using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Serialization.Invocation;
using Sandbox.Silo.Cluster;

namespace Sandbox.Cluster.Tests.Gateways;

public sealed class RejectedCallsTests
{
    private readonly HurriedTime _time = new();

    /// <summary>As Orleans makes it, which alone can.</summary>
    private static OrleansMessageRejectionException Rejection =>
        (OrleansMessageRejectionException)RuntimeHelpers.GetUninitializedObject(typeof(OrleansMessageRejectionException));

    [Fact]
    public async Task What_no_silo_took_in_is_called_again_until_one_does()
    {
        var attempts = 0;
        await new RejectedCalls(_time).Invoke(Call(() => ++attempts < 5 ? Rejection : null));
        Assert.Equal(5, attempts);
    }

    [Fact]
    public async Task What_none_takes_in_is_given_up_after_15_seconds()
    {
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => new RejectedCalls(_time).Invoke(Call(() => Rejection)));
        Assert.InRange(_time.Passed.TotalSeconds, 15, 16);
    }

    [Fact]
    public async Task What_may_have_happened_is_not_called_again()
    {
        var attempts = 0;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => new RejectedCalls(_time).Invoke(Call(() => ++attempts > 1 ? null : new SiloUnavailableException())));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Calls_between_silos_are_left_to_Orleans()
    {
        var attempts = 0;
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(
            () => new RejectedCalls(_time).Invoke(Call(() => ++attempts > 1 ? null : Rejection, "sys.svc.directory")));
        Assert.Equal(1, attempts);
    }

    private static IOutgoingGrainCallContext Call(Func<Exception?> attempt, string grainType = "sandbox")
    {
        var call = DispatchProxy.Create<IOutgoingGrainCallContext, Answering>();
        var request = DispatchProxy.Create<IInvokable, Answering>();
        ((Answering)request).Answer = _ => CancellationToken.None;
        ((Answering)call).Answer = member => member switch
        {
            "get_TargetId" => GrainId.Create(grainType, "default/one"),
            "get_Request" => request,
            "Invoke" => attempt() is { } failure ? Task.FromException(failure) : Task.CompletedTask,
            _ => throw new NotSupportedException(member),
        };
        return call;
    }

    /// <summary>An object of an interface that answers by the names of members.</summary>
    public class Answering : DispatchProxy
    {
        public Func<string, object?> Answer { get; set; } = _ => null;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(targetMethod!.Name);
    }

    /// <summary>A clock on which every wait is over at once.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public TimeSpan Passed { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Passed += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
