using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>
/// All grain classes that the host can run. They are found in the assemblies that refer to this one: those already loaded, and those that
/// the program refers to, directly or not.
/// </summary>
internal sealed class GrainClassTable(GrainCollectionOptions options)
{
    private readonly ConcurrentDictionary<Type, GrainClass> _byInterface = new();
    private readonly Lazy<Dictionary<GrainType, GrainClass>> _classes = new(() => Find(options));

    /// <summary>Finds the classes now rather than at the first call.</summary>
    /// <exception cref="OrleansConfigurationException">Two classes have the same name, or one cannot be created.</exception>
    public int Load() => _classes.Value.Count;

    /// <exception cref="ArgumentException">There is no such class.</exception>
    public GrainClass ByType(GrainType type) => _classes.Value.TryGetValue(type, out var found)
        ? found
        : throw new ArgumentException($"There is no grain class of the type \"{type}\".", nameof(type));

    /// <exception cref="ArgumentException">No class implements the interface, or several do.</exception>
    public GrainClass ByInterface(Type type, string? classPrefix)
    {
        ArgumentNullException.ThrowIfNull(type);
        return classPrefix is null ? _byInterface.GetOrAdd(type, static (type, self) => self.Implementing(type, null), this) : Implementing(type, classPrefix);
    }

    private GrainClass Implementing(Type type, string? classPrefix)
    {
        var found = _classes.Value.Values.Where(candidate => candidate.Interfaces.Contains(type)
            && (classPrefix is null || candidate.Type.FullName!.StartsWith(classPrefix, StringComparison.Ordinal))).Take(2).ToList();
        return found switch
        {
            [var only] => only,
            [] => throw new ArgumentException(
                $"No grain class implements {type}. It has to be a class that is not abstract, in an assembly that the program refers to.",
                nameof(type)),
            _ => throw new ArgumentException(
                $"{found[0].Type} and {found[1].Type} both implement {type}. Say which by grainClassNamePrefix.", nameof(type)),
        };
    }

    private static Dictionary<GrainType, GrainClass> Find(GrainCollectionOptions options)
    {
        var classes = new Dictionary<GrainType, GrainClass>();
        foreach (var type in Assemblies().SelectMany(assembly => assembly.GetTypes()).Where(IsGrainClass))
        {
            var grainClass = new GrainClass(type, options);
            if (!classes.TryAdd(grainClass.GrainType, grainClass))
            {
                throw new OrleansConfigurationException(
                    $"{type} and {classes[grainClass.GrainType].Type} are both the grain type \"{grainClass.GrainType}\". "
                    + "Rename one of them or give it a [GrainType].");
            }
        }

        return classes;
    }

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && typeof(IGrain).IsAssignableFrom(type)
        && !typeof(GrainReference).IsAssignableFrom(type);

    private static HashSet<Assembly> Assemblies()
    {
        var self = typeof(GrainClassTable).Assembly.GetName().Name!;
        var found = new HashSet<Assembly>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var left = new Stack<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        while (left.TryPop(out var assembly))
        {
            if (!seen.Add(assembly.FullName!)) continue;
            foreach (var reference in assembly.GetReferencedAssemblies())
            {
                if (string.Equals(reference.Name, self, StringComparison.Ordinal)) found.Add(assembly);
                if (!IsFramework(reference) && !seen.Contains(reference.FullName) && TryLoad(reference) is { } loaded) left.Push(loaded);
            }
        }

        return found;
    }

    // These never refer to us, and there are hundreds of them.
    private static bool IsFramework(AssemblyName name) =>
        name.Name is { } text && (text.StartsWith("System.", StringComparison.Ordinal) || text.StartsWith("Microsoft.", StringComparison.Ordinal));

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            // Referred to but not deployed: the program does without it, so do we.
            return null;
        }
    }
}
