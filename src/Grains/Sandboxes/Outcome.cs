using System.Diagnostics.CodeAnalysis;

namespace Sandbox.Grains.Sandboxes;

/// <summary>What a call answered: a value, or the reason why there is none.</summary>
/// <typeparam name="T">The value's type.</typeparam>
[GenerateSerializer, Immutable, Alias("outcome`1")]
public sealed record Outcome<T>
    where T : class
{
    /// <summary>The value, or null.</summary>
    [Id(0)] public T? Value { get; init; }

    /// <summary>The reason, or null.</summary>
    [Id(1)] public SandboxError? Error { get; init; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Value is not null;
}
