using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Templates;

/// <summary>Runs mmdebstrap for a recipe and passes on the tar of the root file system that it makes.</summary>
/// <param name="data">Where it may work.</param>
/// <param name="progress">Gets a line for each step.</param>
internal sealed class DebianBootstrap(DataDirectory data, IProgress<string> progress)
{
    private const int KeptLines = 30;
    private const int Terminate = 15;

    // As unshare and shells say it.
    private const int NoSuchProgram = 127;

    // What mmdebstrap says that is news to whoever waits.
    private static readonly (string Start, string Shown)[] Steps =
    [
        ("running apt-get update", "reading package lists"),
        ("downloading packages", "downloading packages"),
        ("extracting archives", "extracting packages"),
        ("installing essential", "installing essential packages"),
        ("installing remaining", "installing all packages"),
        ("running --customize-hook", "finishing the root file system"),
        ("creating tarball", "compressing it"),
        ("removing tempdir", "cleaning up"),
    ];

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>Makes the root file system.</summary>
    /// <param name="recipe">What of.</param>
    /// <param name="tar">Takes the tar.</param>
    /// <param name="cancellationToken">Ends mmdebstrap, and lets it clean up.</param>
    /// <exception cref="TemplateException">mmdebstrap is missing or failed. The message has the remedy, or its last lines.</exception>
    public async Task RunAsync(TemplateRecipe recipe, Stream tar, CancellationToken cancellationToken)
    {
        using var work = WorkInProgress.Begin(data.Temporary);
        Directory.CreateDirectory(work.Path);
        var sources = Path.Combine(work.Path, "sources.list");
        var script = Path.Combine(work.Path, "customize.sh");
        await File.WriteAllLinesAsync(sources, AptSources.Read("/etc/apt", recipe.Suite), cancellationToken);
        await File.WriteAllTextAsync(script, recipe.CustomizeScript, cancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var settings = await AptSettings.ReadAsync(cancellationToken);
        using var process = Start(StartInfo(recipe, work.Path, sources, script, settings));
        var lines = ReadLinesAsync(process.StandardError);
        try
        {
            await tar.WriteAsync(MountPointOfDev(recipe), cancellationToken);
            await process.StandardOutput.BaseStream.CopyToAsync(tar, 1 << 18, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            await EndAsync(process);
        }

        if (process.ExitCode == NoSuchProgram)
        {
            throw new TemplateException("mmdebstrap is not installed. Run 'apt-get install mmdebstrap'.");
        }

        if (process.ExitCode != 0)
        {
            throw new TemplateException($"mmdebstrap failed with code {process.ExitCode}. Its last lines:\n{string.Join('\n', await lines)}");
        }
    }

    // Layers hold no devices, and told to leave them out mmdebstrap leaves out /dev itself, which every sandbox mounts its own on.
    private static ReadOnlyMemory<byte> MountPointOfDev(TemplateRecipe recipe)
    {
        const int header = 512;
        var bytes = new MemoryStream();
        using var writer = new TarWriter(bytes, TarEntryFormat.Ustar);
        writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "./dev/")
        {
            Mode = (UnixFileMode)0x1ED,
            ModificationTime = DateTimeOffset.FromUnixTimeSeconds(recipe.Epoch),
        });
        return bytes.ToArray().AsMemory(0, header);
    }

    private static ProcessStartInfo StartInfo(TemplateRecipe recipe, string work, string sources, string script, IEnumerable<string> settings)
    {
        // In a mount namespace of its own: what it mounts goes with it, also when it is killed. Where it may not mount (an image is being built) it does without.
        var start = new ProcessStartInfo("sh") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        List<string> arguments =
        [
            "-c", "unshare --mount true 2>&- && exec unshare --mount --propagation=private mmdebstrap \"$@\"; exec mmdebstrap \"$@\"", "sh", "--mode=root", "--format=tar", $"--variant={recipe.Variant}",

            "--skip=output/dev",

            // The recipe's script clears what apt left. mmdebstrap would do it after that, and leave its locks; and on this machine, where the script took its settings of apt away.
            "--skip=cleanup/apt",
            "--aptopt=Acquire::Languages \"none\"", "--aptopt=APT::Install-Recommends \"false\"", "--aptopt=APT::Sandbox::User \"root\"",
            .. settings.Select(setting => $"--aptopt={setting}"),

            // Nothing of it outlives a power cut before the layer is stored, so no package needs to.
            "--dpkgopt=force-unsafe-io",
            .. recipe.PathOptions.Select(option => $"--dpkgopt={option}"),
            $"--include={string.Join(',', recipe.Packages)}", $"--customize-hook={script}",
            recipe.Suite, "-", sources,
        ];
        arguments.ForEach(start.ArgumentList.Add);

        // What packages' scripts see. Nothing of the server's own environment, but for how to reach the mirror.
        var proxies = start.Environment.Where(pair => pair.Key.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToList();
        start.Environment.Clear();
        proxies.ForEach(start.Environment.Add);
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["HOME"] = "/root";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TMPDIR"] = work;
        start.Environment["SOURCE_DATE_EPOCH"] = recipe.Epoch.ToString();
        start.Environment["SANDBOX_USER"] = recipe.User.Name;
        start.Environment["SANDBOX_UID"] = recipe.User.Id.ToString();
        start.Environment["SANDBOX_HOME"] = recipe.User.Home;
        start.Environment["SANDBOX_SHELL"] = recipe.User.Shell;
        return start;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new TemplateException($"{start.FileName} cannot be started ({exception.Message}). Run 'apt-get install {start.FileName}'.", exception);
        }
    }

    private static async Task EndAsync(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        // At the first signal it unmounts and removes what it made; the second does not ask.
        _ = Posix.Signal(process.Id, Terminate);
        using var grace = new CancellationTokenSource(Grace);
        try
        {
            await process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task<IReadOnlyCollection<string>> ReadLinesAsync(StreamReader reader)
    {
        var kept = new Queue<string>();
        while (await reader.ReadLineAsync() is { } line)
        {
            foreach (var (_, shown) in Steps.Where(step => line.StartsWith($"I: {step.Start}", StringComparison.Ordinal)))
            {
                progress.Report(shown);
            }

            kept.Enqueue(line);
            if (kept.Count > KeptLines)
            {
                kept.Dequeue();
            }
        }

        return kept;
    }
}
