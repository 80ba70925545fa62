using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>A method that returns nothing: <c>Task</c>, <c>ValueTask</c>, or <c>void</c> when nobody waits.</summary>
internal sealed class ActionMethod : GrainMethod
{
    private readonly Func<object, object?[], Task> _invoke;
    private readonly Type _returns;
    private readonly bool _oneWay;

    public ActionMethod(MethodInfo method, Engine engine)
        : base(method, engine)
    {
        _returns = method.ReturnType;
        _oneWay = method.IsDefined(typeof(OneWayAttribute));
        if (_returns == typeof(ValueTask))
        {
            var invoke = Compile<ValueTask>(method);
            _invoke = (grain, arguments) => invoke(grain, arguments).AsTask();
        }
        else
        {
            _invoke = Compile<Task>(method);
        }
    }

    public override object? Call(GrainReference target, object?[] arguments)
    {
        var call = new MethodCall(this, target.GrainId, Copy(arguments)) { Interleave = Interleave, ReadOnly = ReadOnly };
        Task answer = call.Send(
            Engine.Activations.Dispatch, Engine, _oneWay ? System.Threading.Timeout.InfiniteTimeSpan : Timeout, TokenOf(arguments));
        if (_oneWay)
        {
            // Nobody waits, so this is where a failure is seen.
            _ = answer.ContinueWith(
                static (failed, engine) => ((Engine)engine!).LogOneWayFailed(failed.Exception!), Engine, CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            answer = Task.CompletedTask;
        }

        if (_returns == typeof(void)) return null;
        return _returns == typeof(Task) ? answer : new ValueTask(answer);
    }

    private sealed class MethodCall(ActionMethod method, GrainId target, object?[] arguments) : GrainCall<Nothing>(target, method.Name)
    {
        protected override async ValueTask<Nothing> InvokeAsync(Activation activation, CancellationToken cancellationToken)
        {
            await method._invoke(activation.GrainInstance!, method.WithToken(arguments, cancellationToken));
            return default;
        }
    }
}
