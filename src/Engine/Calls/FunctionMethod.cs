using System.Reflection;
using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>A method that returns one result: <c>Task</c> or <c>ValueTask</c> of it.</summary>
internal sealed class FunctionMethod<TResult> : GrainMethod
{
    private readonly Func<object, object?[], Task<TResult>> _invoke;
    private readonly bool _valueTask;
    private readonly bool _copies;

    public FunctionMethod(MethodInfo method, Engine engine)
        : base(method, engine)
    {
        _copies = CopiesResult && !engine.Copiers.IsImmutable(typeof(TResult));
        _valueTask = method.ReturnType == typeof(ValueTask<TResult>);
        if (_valueTask)
        {
            var invoke = Compile<ValueTask<TResult>>(method);
            _invoke = (grain, arguments) => invoke(grain, arguments).AsTask();
        }
        else
        {
            _invoke = Compile<Task<TResult>>(method);
        }
    }

    public override object Call(GrainReference target, object?[] arguments)
    {
        var call = new MethodCall(this, target.GrainId, Copy(arguments)) { Interleave = Interleave, ReadOnly = ReadOnly };
        var answer = call.Send(Engine.Activations.Dispatch, Engine, Timeout, TokenOf(arguments));
        return _valueTask ? new ValueTask<TResult>(answer) : answer;
    }

    private sealed class MethodCall(FunctionMethod<TResult> method, GrainId target, object?[] arguments)
        : GrainCall<TResult>(target, method.Name)
    {
        protected override async ValueTask<TResult> InvokeAsync(Activation activation, CancellationToken cancellationToken)
        {
            var result = await method._invoke(activation.GrainInstance!, method.WithToken(arguments, cancellationToken));
            return method._copies && result is not null ? (TResult)new CopyContext(method.Engine.Copiers).Copy(result)! : result;
        }
    }
}
