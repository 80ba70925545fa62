using System.Collections.Immutable;

namespace Sandbox.Silo.Runsc;

/// <summary>
/// The versions of runsc on this host: the usual one, which new containers start with, and others that old checkpoints need. A container is always
/// spoken to by the one that made it.
/// </summary>
/// <param name="Usual">What new containers start with.</param>
/// <param name="Others">The operator's further ones.</param>
internal sealed record RunscInstallations(RunscInstallation Usual, ImmutableArray<RunscInstallation> Others)
{
    /// <summary>Finds the usual one and those that the settings name, and asks each for its version.</summary>
    /// <exception cref="RunscUnavailableException">One of them is missing, too old, or no runsc.</exception>
    public static async Task<RunscInstallations> FindAsync(RunscOptions options, CancellationToken cancellationToken)
    {
        var usual = await RunscInstallation.FindAsync(options.Path is { Length: > 0 } path ? path : null, cancellationToken);
        var others = ImmutableArray.CreateBuilder<RunscInstallation>();
        foreach (var place in options.Others.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            foreach (var executable in ExecutablesAt(place))
                others.Add(await RunscInstallation.FindAsync(executable, cancellationToken));
        }

        return new RunscInstallations(usual, others.ToImmutable());
    }

    /// <summary>The one of a version, by the text that a checkpoint recorded (<see cref="RunscVersion.Text"/>), or null. The usual one first.</summary>
    public RunscInstallation? Find(string versionText) =>
        Others.Prepend(Usual).FirstOrDefault(installation => installation.Version.Text == versionText);

    private static IEnumerable<string> ExecutablesAt(string place)
    {
        if (!Directory.Exists(place))
            return [place];

        var found = Directory.EnumerateFiles(place, "runsc*")
            .Concat(Directory.EnumerateDirectories(place).Select(directory => Path.Combine(directory, "runsc")).Where(File.Exists))
            .Where(IsExecutable)
            .Order(StringComparer.Ordinal)
            .ToList();
        return found.Count > 0
            ? found
            : throw new RunscUnavailableException($"There is no runsc in {place}, which the setting Runsc:Others names: neither runsc* nor */runsc.");
    }

    private static bool IsExecutable(string file) => File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);
}
