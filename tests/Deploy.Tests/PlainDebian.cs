using Sandbox.Silo.Templates;

namespace Sandbox.Deploy.Tests;

/// <summary>
/// A plain Debian 12 in a folder, from this machine's own package sources, and programs that run in it as an image's steps do: as root without the right to
/// mount. What has to be mounted for them is mounted where nobody else sees it, and is gone with them.
/// </summary>
internal sealed class PlainDebian : IDisposable
{
    private const string Suite = "bookworm";

    private const string Enter = """
        set -e
        root=$1
        shift
        mount --bind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        while [ "$1" != -- ]; do
            mkdir -p "$root$2"
            mount --bind -o ro "$1" "$root$2"
            shift 2
        done
        shift
        exec setpriv --bounding-set -sys_admin chroot "$root" "$@"
        """;

    private static readonly Dictionary<string, string?> _environment = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/share/dotnet",
        ["HOME"] = "/root",
        ["TMPDIR"] = null,
        ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sandbox-debian-");

    private PlainDebian()
    {
    }

    /// <summary>Its root directory.</summary>
    public string Root => Path.Combine(_folder.FullName, "root");

    public static async Task<PlainDebian> BuildAsync()
    {
        var debian = new PlainDebian();
        try
        {
            var sources = Path.Combine(debian._folder.FullName, "sources.list");
            await File.WriteAllLinesAsync(sources, AptSources.Read("/etc/apt", Suite), TestContext.Current.CancellationToken);
            await Tool.RunAsync(
                debian._folder.FullName, 180, _environment, "unshare", "--mount", "--propagation=private",
                "mmdebstrap", "--mode=root", "--format=directory", "--variant=apt", "--skip=output/dev", "--dpkgopt=force-unsafe-io",
                "--aptopt=Acquire::Check-Valid-Until \"false\"", "--aptopt=Acquire::Check-Date \"false\"", Suite, debian.Root, sources);
            Directory.CreateDirectory(Path.Combine(debian.Root, "dev"));
            return debian;
        }
        catch
        {
            debian.Dispose();
            throw;
        }
    }

    /// <summary>Runs a program in it.</summary>
    /// <param name="seconds">Its deadline.</param>
    /// <param name="binds">Folders of this machine that it sees, read only, and where.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <returns>Its exit code and what it printed.</returns>
    public async Task<(int Code, string Output)> RunAsync(int seconds, (string From, string To)[] binds, params string[] command)
    {
        await using var tool = Tool.Start(
            _folder.FullName, seconds, _environment,
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "sh", "-c", Enter, "sh", Root, .. binds.SelectMany(bind => new[] { bind.From, bind.To }), "--", .. command]);
        return (await tool.WaitAsync(), tool.Output);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
