using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>A grain interface: its methods, ready to be called.</summary>
internal sealed class GrainInterface(Type type, Engine engine)
{
    private readonly ConcurrentDictionary<MethodInfo, GrainMethod> _methods = new();

    public Type Type { get; } = type;

    public GrainMethod Method(MethodInfo method) =>
        _methods.TryGetValue(method, out var known) ? known : _methods.GetOrAdd(method, GrainMethod.Create, engine);
}
