using System.Globalization;

namespace Sandbox.Silo.Limits;

/// <summary>Reading and writing the kernel's small files, where a write must be one system call.</summary>
internal static class CgroupFile
{
    /// <summary>Writes a value.</summary>
    /// <exception cref="IOException">The kernel refused it; the message names the file.</exception>
    public static void Write(string file, string value)
    {
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(value), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write \"{value}\" to {file}: {e.Message}", e);
        }
    }

    /// <summary>Writes a setting into a cgroup's directory.</summary>
    /// <exception cref="IOException">The kernel refused one that is not optional.</exception>
    public static void Write(string directory, CgroupSetting setting)
    {
        var file = $"{directory}/{setting.File}";
        if (setting.Optional)
            TryWrite(file, setting.Value);
        else
            Write(file, setting.Value);
    }

    /// <summary>As <see cref="Write(string, string)"/>; false instead of an error.</summary>
    public static bool TryWrite(string file, string value)
    {
        try
        {
            Write(file, value);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The whole text, or null where there is no such file (any more).</summary>
    public static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // ENODEV comes from a file of a cgroup that was removed while it was open.
            return null;
        }
    }

    /// <summary>The file's only number, or null.</summary>
    public static long? TryReadNumber(string file) =>
        long.TryParse(TryRead(file)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A number from a file of lines "key value", or null.</summary>
    public static long? TryReadNumber(string file, string key)
    {
        foreach (var line in (TryRead(file) ?? "").AsSpan().EnumerateLines())
        {
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key, StringComparison.Ordinal)
                && long.TryParse(line[(key.Length + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The ids in a cgroup.procs file; empty where there is none.</summary>
    public static IReadOnlyList<int> ReadProcesses(string file)
    {
        var ids = new List<int>();
        foreach (var line in (TryRead(file) ?? "").AsSpan().EnumerateLines())
        {
            // 0 stands for a process of another pid namespace: nothing that could be signalled.
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 1)
                ids.Add(id);
        }

        return ids;
    }
}
