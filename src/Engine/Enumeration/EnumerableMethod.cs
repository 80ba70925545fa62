using System.Reflection;

namespace Orleans.Runtime;

/// <summary>A method that returns <c>IAsyncEnumerable</c>. Calling it does nothing yet; each enumeration runs it anew.</summary>
internal sealed class EnumerableMethod<T> : GrainMethod
{
    private readonly Func<object, object?[], IAsyncEnumerable<T>> _invoke;

    public EnumerableMethod(MethodInfo method, Engine engine)
        : base(method, engine)
    {
        _invoke = Compile<IAsyncEnumerable<T>>(method);
        CopiesItems = !engine.Copiers.IsImmutable(typeof(T));
    }

    public bool CopiesItems { get; }

    public override object Call(GrainReference target, object?[] arguments) => new RemoteEnumerable<T>(this, target, Copy(arguments));

    public IAsyncEnumerable<T> Begin(Activation activation, object?[] arguments, CancellationToken cancellationToken) =>
        _invoke(activation.GrainInstance!, WithToken(arguments, cancellationToken));
}
