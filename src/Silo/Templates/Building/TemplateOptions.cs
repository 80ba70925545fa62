using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Templates.Building;

/// <summary>Where this host has templates from, and what builds of them may do on it. Section <c>Templates</c>.</summary>
public sealed class TemplateOptions
{
    /// <summary>
    /// A data directory that a set-up made, such as a container's image has: at its start the server takes the product's templates from there that its store has not, or has older.
    /// </summary>
    public string? Seed { get; set; }

    /// <summary>
    /// Whether builds whose recipe says <c>network</c> run with this host's network: they reach whatever this host reaches, its loopback too. See docs/security.md.
    /// </summary>
    public bool AllowNetwork { get; set; }

    /// <summary>A file with the package sources of such builds, in apt's one-line format. Without it those of this machine for the template's Debian.</summary>
    public string? AptSources { get; set; }

    /// <summary>npm's registry in such builds. Without it the one that this machine's npm is configured with, or npm's own.</summary>
    public string? NpmRegistry { get; set; }

    /// <summary>pip's index in such builds. Without it the server's <c>PIP_INDEX_URL</c>, or pip's own.</summary>
    public string? PipIndex { get; set; }

    /// <summary>Builds on this host at once: 0 (none) to 64.</summary>
    [Range(0, 64)]
    public int Builds { get; set; } = 2;

    /// <summary>How long a build may take: 10 seconds to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Memory of a build's commands in bytes: 64 MiB to 1 TiB.</summary>
    [Range(64L << 20, 1L << 40)]
    public long MemoryBytes { get; set; } = 1L << 30;

    /// <summary>Files that a build writes, in bytes, which live in memory beside that: 1 MiB to 1 TiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long DiskBytes { get; set; } = 3L << 30;

    /// <summary>Processes and threads of one user in a build: 8 to 32,768.</summary>
    [Range(8, 32_768)]
    public int Processes { get; set; } = 1024;
}
