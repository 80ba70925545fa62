namespace Sandbox.Silo.Runsc;

/// <summary>One runsc on this machine. A host may have several; a checkpoint is restored by the version that made it.</summary>
/// <param name="Path">Absolute path of the executable.</param>
/// <param name="Version">What it says it is.</param>
internal sealed record RunscInstallation(string Path, RunscVersion Version)
{
    private const string Remedy =
        "Run `./sandbox setup`, or install it by hand " +
        "(Debian 12: `apt-get install -t bookworm-backports runsc`; others: https://gvisor.dev/docs/user_guide/install/).";

    private static readonly string[] _usualDirectories = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"];

    /// <summary>A command that calls this runsc.</summary>
    public RunscCommand Command => new(Path);

    /// <summary>Finds runsc and asks for its version.</summary>
    /// <param name="path">Its path, or null to look in PATH and the usual directories.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="RunscUnavailableException">There is none, it does not answer, or it is too old.</exception>
    public static async Task<RunscInstallation> FindAsync(string? path, CancellationToken cancellationToken)
    {
        var found = path is null ? Search() : System.IO.Path.GetFullPath(path);
        if (found is null)
            throw new RunscUnavailableException($"runsc (gVisor) was not found in PATH. {Remedy}");
        if (!File.Exists(found))
            throw new RunscUnavailableException($"There is no runsc at {found}. {Remedy}");

        var result = await new RunscCommand(found).WithArguments("--version").ExecuteAsync(forceful: cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new RunscUnavailableException($"{found} --version failed with exit code {result.ExitCode}. {Remedy} Its stderr: {result.Stderr}")
            {
                Stderr = result.Stderr,
            };
        }

        var version = RunscVersion.Parse(result.Stdout)
            ?? throw new RunscUnavailableException($"{found} does not look like runsc: --version printed \"{result.Stdout}\". {Remedy}");
        if (!version.IsSupported)
            throw new RunscUnavailableException($"{found} is version {version}; sandboxes need {RunscVersion.Oldest:yyyyMMdd} or later. {Remedy}");
        return new RunscInstallation(found, version);
    }

    /// <summary>Makes sure that it can level processor features.</summary>
    /// <exception cref="RunscUnavailableException">It cannot.</exception>
    public void RequireLevelling()
    {
        if (!Version.LevelsFeatures)
        {
            throw new RunscUnavailableException(
                $"{Path} is version {Version} and cannot level processor features; {RunscVersion.OldestThatLevelsFeatures:yyyyMMdd} or later can. " +
                "Install a newer one, or leave the setting Runsc:CpuFeatures empty.");
        }
    }

    private static string? Search() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(_usualDirectories)
        .Select(directory => System.IO.Path.Combine(directory, "runsc"))
        .FirstOrDefault(File.Exists);
}
