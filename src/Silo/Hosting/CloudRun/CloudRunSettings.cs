using System.Net;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Hosting.CloudRun;

/// <summary>
/// The environment variables of Cloud Run Sandbox, as this server's settings: the one place that knows them. What is set in this server's own words wins.
/// </summary>
/// <param name="Settings">Settings, by their names in the configuration.</param>
/// <param name="Notes">For the operator: each variable that cannot be honoured, and why.</param>
internal sealed record CloudRunSettings(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string> Notes)
{
    // In the order in which they win.
    private static readonly string[] _mounts =
    [
        "SANDBOX_CHECKPOINT_MOUNT_PATH", "CHECKPOINT_AND_RESTORE_PATH", "SANDBOX_METADATA_MOUNT_PATH", "FILESYSTEM_SNAPSHOT_MOUNT_PATH",
        "FILESYSTEM_SNAPSHOT_PATH",
    ];

    private static readonly string[] _buckets = ["SANDBOX_CHECKPOINT_BUCKET", "SANDBOX_METADATA_BUCKET", "FILESYSTEM_SNAPSHOT_BUCKET"];

    // Python's names for what others name otherwise.
    private static readonly Dictionary<string, LogLevel> _levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["TRACE"] = LogLevel.Trace,
        ["DEBUG"] = LogLevel.Debug,
        ["INFO"] = LogLevel.Information,
        ["INFORMATION"] = LogLevel.Information,
        ["WARN"] = LogLevel.Warning,
        ["WARNING"] = LogLevel.Warning,
        ["ERROR"] = LogLevel.Error,
        ["CRITICAL"] = LogLevel.Critical,
        ["FATAL"] = LogLevel.Critical,
    };

    /// <summary>What cannot be honoured when it is asked for, by the value that asks for it.</summary>
    private static readonly (string Name, bool Asks, string Why)[] _refused =
    [
        ("RUNSC_ROOTLESS", true, "sandboxes are started by root, whose rights the server gives up for them itself"),
        ("RUNSC_USE_SUDO", true, "the server that starts sandboxes runs as root, and needs no sudo"),
        ("RUNSC_IGNORE_CGROUPS", true, "limits are enforced by cgroups where the machine has them, and the server says at its start which are not"),
        ("RUNSC_DISABLE_NETWORKING", false, "sandboxes have no network"),
        ("RUNSC_READONLY_FILESYSTEM", true, "a sandbox's template is read-only, and what it writes is its own and in memory"),
        ("GVISOR_DEBUG", true, "runsc writes no debug logs here"),
        ("GVISOR_STRACE", true, "runsc writes no debug logs here"),
    ];

    /// <summary>Reads them.</summary>
    /// <param name="find">The value of a variable, or null.</param>
    /// <param name="anybody">Whether no way in is configured, so that the server must stay on the loopback.</param>
    public static CloudRunSettings Read(Func<string, string?> find, bool anybody)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        var notes = new List<string>();
        ReadPort(Value("PORT"), anybody, settings, notes);
        if (Value("LOG_LEVEL") is { } level)
        {
            if (_levels.TryGetValue(level, out var known)) settings[nameof(ServerOptions.LogLevel)] = known.ToString();
            else notes.Add($"LOG_LEVEL is '{level}': it may be {string.Join(", ", _levels.Keys)}");
        }

        ReadStore(settings, notes);
        if (Value("RUNSC_PLATFORM") is { } platform)
        {
            if (Enum.TryParse<RunscPlatform>(platform, ignoreCase: true, out var known) && Enum.IsDefined(known)) settings["Runsc:Platform"] = known.ToString();
            else notes.Add($"RUNSC_PLATFORM is '{platform}': this server runs {string.Join(" and ", Enum.GetNames<RunscPlatform>()).ToLowerInvariant()}");
        }

        foreach (var name in new[] { "RUNSC_ROOT_DIR_BASE", "RUNSC_BUNDLE_DIR_BASE" })
        {
            if (Value(name) is not null) notes.Add($"{name}: what runsc needs lies in the data directory (--data)");
        }

        foreach (var (name, asks, why) in _refused)
        {
            if (Value(name) is { } value && IsOn(value) == asks) notes.Add($"{name}: {why}");
        }

        return new CloudRunSettings(settings, notes);

        string? Value(string name) => find(name) is { Length: > 0 } value ? value : null;

        void ReadStore(Dictionary<string, string?> settings, List<string> notes)
        {
            // A mount wins over a bucket. Instances that have the same store must not take each other's sandboxes.
            var places = _mounts.Select(name => (Name: name, Place: Value(name)?.TrimEnd('/'))).Where(mount => mount.Place is not null).ToArray();
            if (places.Length == 0) places = [.. _buckets.Where(name => Value(name) is not null).Select(name => (name, (string?)$"gs://{Value(name)}"))];
            if (places.Length == 0) return;
            settings[nameof(ServerOptions.Blobs)] = $"{places[0].Place}/sandbox";
            settings["Holding:SharedStore"] = "true";
            foreach (var (name, _) in places.Where(place => place.Place != places[0].Place)) notes.Add($"{name}: everything is kept in one store, that of {places[0].Name}");
        }
    }

    private static void ReadPort(string? port, bool anybody, Dictionary<string, string?> settings, List<string> notes)
    {
        if (port is null) return;
        settings[nameof(ServerOptions.Port)] = port;
        if (!anybody) settings[nameof(ServerOptions.Listen)] = IPAddress.Any.ToString();
        else notes.Add("PORT: only this machine reaches it, because no way in is configured (section Access)");
    }

    private static bool IsOn(string value) => value.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";
}
