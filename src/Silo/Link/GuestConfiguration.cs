namespace Sandbox.Silo.Link;

/// <summary>How the agent is to set up its sandbox.</summary>
internal sealed record GuestConfiguration
{
    /// <summary>The host name that programs see: 1 to 63 bytes.</summary>
    public required string Hostname { get; init; }

    /// <summary>Absolute paths in the container of the read-only layers, topmost first; at least one.</summary>
    public required IReadOnlyList<string> Lower { get; init; }

    /// <summary>Size of the tmpfs that holds what programs write, in bytes.</summary>
    public required ulong DiskBytes { get; init; }

    /// <summary>The memory that programs may use, in bytes; 0 turns the agent's watchdog off.</summary>
    public required ulong MemoryBytes { get; init; }

    /// <summary>RLIMIT_NPROC of programs.</summary>
    public required uint Processes { get; init; }

    /// <summary>RLIMIT_NOFILE of programs.</summary>
    public required uint OpenFiles { get; init; }

    /// <summary>What tells this run of the sandbox from its copies, for <c>/run/sandbox/generation</c>: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>; null for none.</summary>
    public string? Generation { get; init; }

    /// <summary>The CONFIGURE payload.</summary>
    /// <exception cref="ArgumentException">There is no lower layer, or a text holds a NUL.</exception>
    public static FieldWriter ToFields(GuestConfiguration configuration)
    {
        if (configuration.Lower.Count == 0)
        {
            throw new ArgumentException("A sandbox needs at least one layer below, its template.", nameof(configuration));
        }

        var fields = new FieldWriter().Text(1, configuration.Hostname);
        foreach (var lower in configuration.Lower)
        {
            fields.Text(2, lower);
        }

        if (configuration.Generation is { } generation)
        {
            fields.Text(7, generation);
        }

        return fields
            .Number(3, configuration.DiskBytes)
            .Number(4, configuration.MemoryBytes)
            .Number(5, configuration.Processes)
            .Number(6, configuration.OpenFiles);
    }
}
