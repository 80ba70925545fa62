using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>Which fields of a type cross a grain boundary, its base classes' included.</summary>
internal static class CarriedMembers
{
    private const BindingFlags Own =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private const string BackingFieldSuffix = ">k__BackingField";

    /// <summary>All fields: for tuples and the like.</summary>
    public static List<CarriedMember> All(Type type) => [.. type.GetFields(Own).Select(field => new CarriedMember(field, false))];

    /// <summary>The members with an id, and the parameters of a record's primary constructor.</summary>
    /// <exception cref="CodecNotFoundException">A base class is not marked, or a property with an id has no storage of its own.</exception>
    public static List<CarriedMember> Of(Type type)
    {
        var carried = new List<CarriedMember>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            if (!level.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            {
                throw new CodecNotFoundException(
                    $"{type} cannot cross a grain boundary, because its base class {level} has no [GenerateSerializer].");
            }

            carried.AddRange(OfLevel(level));
        }

        return carried;
    }

    private static IEnumerable<CarriedMember> OfLevel(Type level)
    {
        var primary = PrimaryConstructor(level);
        foreach (var field in level.GetFields(Own))
        {
            var property = PropertyOf(level, field);
            var parameter = primary?.GetParameters().FirstOrDefault(candidate => Names(candidate, field, property));
            if (!field.IsDefined(typeof(IdAttribute)) && property?.IsDefined(typeof(IdAttribute)) != true && parameter is null) continue;
            yield return new CarriedMember(field, IsImmutable(field) || IsImmutable(property));
        }

        foreach (var property in level.GetProperties(Own))
        {
            if (property.IsDefined(typeof(IdAttribute)) && BackingField(level, property.Name) is null)
            {
                throw new CodecNotFoundException(
                    $"{level}.{property.Name} has an [Id] but no storage of its own; put the [Id] on the field that it stands for.");
            }
        }
    }

    private static bool Names(ParameterInfo parameter, FieldInfo field, PropertyInfo? property) =>
        string.Equals(parameter.Name, property?.Name, StringComparison.Ordinal)
        || string.Equals(field.Name, $"<{parameter.Name}>P", StringComparison.Ordinal);

    private static bool IsImmutable(MemberInfo? member) => member?.IsDefined(typeof(ImmutableAttribute), inherit: false) == true;

    private static FieldInfo? BackingField(Type level, string property) => level.GetField($"<{property}{BackingFieldSuffix}", Own);

    private static PropertyInfo? PropertyOf(Type level, FieldInfo field) =>
        field.Name.StartsWith('<') && field.Name.EndsWith(BackingFieldSuffix, StringComparison.Ordinal)
            ? level.GetProperty(field.Name[1..^BackingFieldSuffix.Length], Own)
            : null;

    // Reflection does not tell a primary constructor; a record's is the one whose parameters are all properties of the same name and type.
    private static ConstructorInfo? PrimaryConstructor(Type level)
    {
        var included = level.GetCustomAttribute<GenerateSerializerAttribute>()!.IncludePrimaryConstructorParameters || IsRecord(level);
        return !included ? null : level.GetConstructors(Own)
            .Where(candidate => candidate.GetParameters() is { Length: > 0 } parameters && parameters.All(parameter =>
                level.GetProperty(parameter.Name!, Own)?.PropertyType == parameter.ParameterType
                || level.GetField($"<{parameter.Name}>P", Own)?.FieldType == parameter.ParameterType))
            .MaxBy(candidate => candidate.GetParameters().Length);
    }

    private static bool IsRecord(Type level) =>
        level.GetMethod("<Clone>$", Own) is not null
        || level.GetMethod("PrintMembers", Own)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;
}
