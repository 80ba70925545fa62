using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;
using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>One method of a grain interface: what the attributes on it say, and how to call it.</summary>
internal abstract class GrainMethod(MethodInfo method, Engine engine)
{
    private readonly bool[] _copied = [.. method.GetParameters().Select(parameter =>
        !parameter.IsDefined(typeof(ImmutableAttribute), inherit: false) && !engine.Copiers.IsImmutable(parameter.ParameterType))];

    private readonly int _token = Array.FindIndex(
        method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));

    public string Name { get; } = $"{method.DeclaringType!.Name}.{method.Name}";

    public bool Interleave { get; } = method.IsDefined(typeof(AlwaysInterleaveAttribute));

    public bool ReadOnly { get; } = method.IsDefined(typeof(ReadOnlyAttribute));

    public TimeSpan Timeout { get; } = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout ?? engine.Messaging.ResponseTimeout;

    public bool CopiesResult { get; } = method.ReturnParameter?.IsDefined(typeof(ImmutableAttribute), inherit: false) != true;

    protected Engine Engine { get; } = engine;

    public static GrainMethod Create(MethodInfo method, Engine engine)
    {
        var returns = method.ReturnType;
        var shape = returns.IsGenericType ? returns.GetGenericTypeDefinition() : returns;
        var (definition, result) = shape switch
        {
            _ when method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef) => default,
            _ when shape == typeof(Task) || shape == typeof(ValueTask) => (typeof(ActionMethod), null),
            _ when shape == typeof(Task<>) || shape == typeof(ValueTask<>) => (typeof(FunctionMethod<>), returns.GetGenericArguments()[0]),
            _ when shape == typeof(IAsyncEnumerable<>) => (typeof(EnumerableMethod<>), returns.GetGenericArguments()[0]),
            _ when shape == typeof(void) && method.IsDefined(typeof(OneWayAttribute)) => (typeof(ActionMethod), null),
            _ => ((Type?)null, (Type?)null),
        };
        if (definition is null)
        {
            throw new NotSupportedException(
                $"{method.DeclaringType}.{method.Name} cannot be called on a grain: it has to return Task or ValueTask, either with a "
                + "result, or IAsyncEnumerable, and may have no ref, in or out parameters. (void needs [OneWay].)");
        }

        var type = result is null ? definition : definition.MakeGenericType(result);
        return (GrainMethod)Activator.CreateInstance(type, method, engine)!;
    }

    /// <summary>Calls it on the grain that a reference names.</summary>
    /// <returns>What the interface's method returns.</returns>
    public abstract object? Call(GrainReference target, object?[] arguments);

    /// <summary>The arguments as the grain may have them.</summary>
    public object?[] Copy(object?[] arguments)
    {
        CopyContext? context = null;
        var copies = arguments;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!_copied[i] || arguments[i] is null) continue;
            if (ReferenceEquals(copies, arguments)) copies = [.. arguments];
            copies[i] = (context ??= new CopyContext(Engine.Copiers)).Copy(arguments[i]);
        }

        return copies;
    }

    /// <summary>The cancellation token among the arguments.</summary>
    public CancellationToken TokenOf(object?[] arguments) => _token < 0 ? default : (CancellationToken)arguments[_token]!;

    /// <summary>The arguments with the token that the grain gets in place of the caller's.</summary>
    public object?[] WithToken(object?[] arguments, CancellationToken token)
    {
        if (_token < 0) return arguments;
        object?[] result = [.. arguments];
        result[_token] = token;
        return result;
    }

    /// <summary>A function that calls the interface's method on a grain object.</summary>
    protected static Func<object, object?[], TReturn> Compile<TReturn>(MethodInfo method)
    {
        var grain = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var values = method.GetParameters().Select((parameter, index) =>
            Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(index)), parameter.ParameterType));
        Expression call = Expression.Call(Expression.Convert(grain, method.DeclaringType!), method, values);
        if (call.Type == typeof(void)) call = Expression.Block(call, Expression.Constant(Task.CompletedTask, typeof(Task)));
        return Expression.Lambda<Func<object, object?[], TReturn>>(call, grain, arguments).Compile();
    }
}
