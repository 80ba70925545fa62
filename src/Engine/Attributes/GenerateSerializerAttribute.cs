namespace Orleans;

/// <summary>
/// Marks a type that may cross a grain boundary. Only its members with an <see cref="IdAttribute"/> are carried, and for records the
/// parameters of the primary constructor.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
    /// <summary>Whether the primary constructor's parameters are carried; the default is true for records and false for classes.</summary>
    public bool IncludePrimaryConstructorParameters { get; init; }
}
