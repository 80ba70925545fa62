using System.Reflection;
using Sandbox.Grains.Events;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Tests;

/// <summary>
/// What crosses a grain boundary must be readable by a silo of another version: every such type names itself and numbers its members.
/// </summary>
public sealed class BoundaryTypeTests
{
    private static readonly Assembly Grains = typeof(IExecutionGrain).Assembly;

    public static TheoryData<Type> BoundaryTypes => [.. ReachableTypes()];

    [Fact]
    public void There_are_types_to_check() => Assert.Contains(typeof(ExecutionRequest), ReachableTypes());

    [Theory]
    [MemberData(nameof(BoundaryTypes))]
    public void A_type_that_crosses_a_grain_boundary_is_serializable_and_has_an_alias(Type type)
    {
        Assert.True(type.IsDefined(typeof(GenerateSerializerAttribute)), $"{type} lacks [GenerateSerializer]");
        Assert.True(type.IsDefined(typeof(AliasAttribute)), $"{type} lacks [Alias]");
    }

    [Theory]
    [MemberData(nameof(BoundaryTypes))]
    public void Every_member_that_is_carried_has_a_number_of_its_own(Type type)
    {
        if (type.IsEnum) return;
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.GetMethod is not null && property.Name != "EqualityContract" && IsCarried(property)).ToList();

        var unnumbered = members.Where(member => !member.IsDefined(typeof(IdAttribute))).Select(member => member.Name);
        Assert.Empty(unnumbered);
        var numbers = members.Select(member => member.GetCustomAttribute<IdAttribute>()!.Id).ToList();
        Assert.Distinct(numbers);
    }

    [Fact]
    public void No_two_types_share_an_alias()
    {
        var aliases = ReachableTypes().Concat(GrainInterfaces()).Select(type => type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias);
        Assert.Distinct(aliases);
    }

    [Fact]
    public void Every_grain_interface_and_method_has_an_alias()
    {
        var unnamed = GrainInterfaces().Where(type => !type.IsDefined(typeof(AliasAttribute))).Select(type => type.Name)
            .Concat(GrainInterfaces().SelectMany(type => type.GetMethods()).Where(method => !method.IsDefined(typeof(AliasAttribute)))
                .Select(method => $"{method.DeclaringType!.Name}.{method.Name}"));
        Assert.Empty(unnamed);
    }

    /// <summary>What is computed from other members has nothing to carry; what claims a number has.</summary>
    private static bool IsCarried(PropertyInfo property) => property.IsDefined(typeof(IdAttribute))
        || property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    private static IEnumerable<Type> GrainInterfaces() =>
        Grains.GetTypes().Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type));

    private static HashSet<Type> ReachableTypes()
    {
        // What is stored and what streams carry goes from one version to another as well.
        var found = new HashSet<Type>();
        Reach(typeof(SandboxRecord), found);
        Reach(typeof(SandboxNotice), found);
        foreach (var method in GrainInterfaces().SelectMany(type => type.GetMethods()))
        {
            Reach(method.ReturnType, found);
            foreach (var parameter in method.GetParameters())
                Reach(parameter.ParameterType, found);
        }

        return found;
    }

    private static void Reach(Type type, HashSet<Type> found)
    {
        foreach (var argument in type.GetGenericArguments())
            Reach(argument, found);
        if (type.HasElementType)
        {
            Reach(type.GetElementType()!, found);
            return;
        }

        if (type.IsGenericType) type = type.GetGenericTypeDefinition();
        if (type.Assembly != Grains || type.IsGenericParameter || typeof(IGrain).IsAssignableFrom(type) || !found.Add(type))
            return;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            Reach(property.PropertyType, found);
        foreach (var derived in Grains.GetTypes().Where(candidate => candidate != type && type.IsClass && candidate.IsSubclassOf(type)))
            Reach(derived, found);
    }
}
