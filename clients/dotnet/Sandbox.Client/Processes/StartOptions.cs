namespace Sandboxes;

/// <summary>How a program is started.</summary>
public sealed record StartOptions
{
    /// <summary><c>[A-Za-z0-9][A-Za-z0-9._-]{0,63}</c>: starting an id twice starts one program. Left out: a random one.</summary>
    public string? Id { get; init; }

    /// <summary>Environment variables, beside the sandbox's own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Its working directory.</summary>
    public string? Cwd { get; init; }

    /// <summary>Whom it runs as.</summary>
    public SandboxUser? User { get; init; }

    /// <summary>Whether its input stays open for <see cref="SandboxProcess.StandardInput"/>; otherwise it reads an end of file. A terminal's is always open.</summary>
    public bool Stdin { get; init; }

    /// <summary>When it is ended. Left out: never.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A terminal instead of pipes.</summary>
    public TerminalOptions? Terminal { get; init; }

    /// <summary>What happens when its output log is full. The server's default is <see cref="FullLogPolicy.DropOldest"/>.</summary>
    public FullLogPolicy? OnFull { get; init; }

    /// <summary>Called instead of failing a read where output does not go on where it stopped.</summary>
    public Action<OutputDiscontinuity>? OnDiscontinuity { get; init; }
}
