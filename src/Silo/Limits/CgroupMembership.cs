using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>Which cgroup a process is in, from <c>/proc/PID/cgroup</c>.</summary>
/// <param name="Unified">Path in the v2 hierarchy, or null where there is none.</param>
/// <param name="ByController">Path for each v1 controller.</param>
internal sealed record CgroupMembership(string? Unified, ImmutableDictionary<string, string> ByController)
{
    /// <summary>Reads the file's text; lines it does not understand are passed over.</summary>
    public static CgroupMembership Parse(string text)
    {
        string? unified = null;
        var byController = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // hierarchy:controller,controller:path, where the path may hold colons.
            var fields = line.Split(':', 3);
            if (fields.Length != 3)
                continue;
            if (fields[0] == "0" && fields[1].Length == 0)
            {
                unified = fields[2];
                continue;
            }

            foreach (var controller in fields[1].Split(',', StringSplitOptions.RemoveEmptyEntries))
                byController[controller] = fields[2];
        }

        return new CgroupMembership(unified, byController.ToImmutable());
    }
}
