namespace Sandbox.Bench;

/// <summary>What processes and their descendants take of the machine's memory: each page counted once, shared ones in parts (PSS).</summary>
internal static class ProcessMemory
{
    /// <summary>Megabytes of those whose command line holds a text, and of all that came from them.</summary>
    /// <param name="mark">The text.</param>
    /// <param name="except">A process that is not counted, although its descendants are where they are marked themselves.</param>
    public static double Of(string mark, int except)
    {
        var parents = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Select(name => int.Parse(name!)).ToDictionary(id => id, Parent);
        var marked = parents.Keys.Where(id => id != except && id != Environment.ProcessId && Read(id, "cmdline").Contains(mark, StringComparison.Ordinal)).ToHashSet();
        return parents.Keys.Where(id => id != except && HasMarked(id)).Sum(Pss) / 1024.0;

        bool HasMarked(int id)
        {
            for (; id > 1 && parents.ContainsKey(id); id = parents[id])
            {
                if (marked.Contains(id)) return true;
            }

            return false;
        }
    }

    private static int Parent(int id) => int.TryParse(Read(id, "stat").Split(") ").Last().Split(' ').ElementAtOrDefault(1), out var parent) ? parent : 0;

    private static long Pss(int id) => Read(id, "smaps_rollup").Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal)) is { } line
        ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
        : 0;

    private static string Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }
}
