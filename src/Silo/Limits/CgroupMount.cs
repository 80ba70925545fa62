using System.Collections.Immutable;
using System.Text;

namespace Sandbox.Silo.Limits;

/// <summary>A mounted cgroup hierarchy, from a line of <c>/proc/self/mountinfo</c>.</summary>
/// <param name="IsV2">Whether it is the one hierarchy of cgroup v2.</param>
/// <param name="Root">Which cgroup its top is, as <c>/proc/self/cgroup</c> counts paths: not "/" inside many containers.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Controllers">The v1 controllers it carries; empty for v2.</param>
/// <param name="ReadOnly">Whether it is mounted read-only.</param>
internal sealed record CgroupMount(bool IsV2, string Root, string MountPoint, ImmutableArray<string> Controllers, bool ReadOnly)
{
    /// <summary>Reads every cgroup mount of a mountinfo text; other lines are passed over.</summary>
    public static ImmutableArray<CgroupMount> Parse(string mountInfo)
    {
        var mounts = ImmutableArray.CreateBuilder<CgroupMount>();
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // id parent major:minor root mountpoint options [optional fields] - type source superoptions
            var halves = line.Split(" - ", 2);
            var left = halves[0].Split(' ');
            var right = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (left.Length < 6 || right.Length < 3 || right[0] is not ("cgroup" or "cgroup2"))
                continue;

            var readOnly = left[5].Split(',').Contains("ro", StringComparer.Ordinal) || right[2].Split(',').Contains("ro", StringComparer.Ordinal);
            var controllers = right[0] == "cgroup2" ? [] : right[2].Split(',').ToImmutableArray();
            mounts.Add(new CgroupMount(right[0] == "cgroup2", Unescape(left[3]), Unescape(left[4]), controllers, readOnly));
        }

        return mounts.ToImmutable();
    }

    /// <summary>The directory of a cgroup that <c>/proc/self/cgroup</c> names, or null where this mount does not show it.</summary>
    public string? DirectoryOf(string path)
    {
        if (path.Split('/').Contains("..", StringComparer.Ordinal))
            return null;
        if (Root != "/")
        {
            if (path != Root && !path.StartsWith(Root + "/", StringComparison.Ordinal))
                return null;
            path = path[Root.Length..];
        }

        return (MountPoint + "/" + path.Trim('/')).TrimEnd('/');
    }

    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;

        // The kernel writes space, tab, newline and backslash as \ooo.
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)Convert.ToInt32(field.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
