namespace Sandbox.Silo.Link;

/// <summary>What a held agent is told when it goes on.</summary>
internal sealed record GuestResumption
{
    /// <summary>It came out of a checkpoint, on a new link.</summary>
    public bool Restored { get; init; }

    /// <summary>Every program of it is ended before anything else happens, and none can be started. Only with <see cref="Restored"/>.</summary>
    public bool Quiet { get; init; }

    /// <summary>The host name from now on, 1 to 63 bytes, or null to keep it. Only with <see cref="Restored"/>.</summary>
    public string? Hostname { get; init; }

    /// <summary>What tells this run of the sandbox from its copies: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>; null to keep it. Only with <see cref="Restored"/>.</summary>
    public string? Generation { get; init; }

    /// <summary>The sandbox's id, or null to keep it. Only with <see cref="Restored"/>.</summary>
    public string? SandboxId { get; init; }

    /// <summary>A generation that no other run has.</summary>
    public static string NewGeneration() => Guid.NewGuid().ToString("n");

    /// <summary>Reads a RESUMED payload of at most a byte: whether there are hooks. Agents that know of none send nothing.</summary>
    /// <exception cref="LinkViolationException">It is neither yes nor no.</exception>
    public static bool ReadHooks(ReadOnlySpan<byte> payload) => payload switch
    {
        [] or [0] => false,
        [1] => true,
        _ => throw new LinkViolationException(LinkRule.BadValue, "whether there are hooks is 0 or 1"),
    };

    /// <summary>The RESUME payload.</summary>
    public static FieldWriter ToFields(GuestResumption resumption)
    {
        var fields = new FieldWriter().Number(1, (resumption.Restored ? 1u : 0) | (resumption.Quiet ? 2u : 0));
        if (resumption.Hostname is { } hostname) fields.Text(2, hostname);
        if (resumption.Generation is { } generation) fields.Text(3, generation);
        if (resumption.SandboxId is { } id) fields.Text(4, id);
        return fields;
    }
}
