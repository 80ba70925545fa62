using System.Runtime.CompilerServices;

namespace Orleans.Storage;

/// <summary>The state of a grain that has none in storage.</summary>
internal static class NewState
{
    /// <summary>By the public constructor without parameters; without one, an object with all members at their defaults.</summary>
    public static T? Of<T>()
    {
        var type = typeof(T);
        if (type.IsValueType || type.IsAbstract || type.IsArray || type == typeof(string)) return default;
        return type.GetConstructor(Type.EmptyTypes) is null
            ? (T)RuntimeHelpers.GetUninitializedObject(type)
            : Activator.CreateInstance<T>();
    }
}
