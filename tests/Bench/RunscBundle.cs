using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>What <c>runsc</c> is given: the template's files, one program as a user without rights, no network; as the server's sandboxes have it.</summary>
internal sealed class RunscBundle : IDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("sandbox-bench-").FullName;

    /// <param name="platform">gVisor's.</param>
    /// <param name="program">The container's program and its arguments.</param>
    public RunscBundle(string platform, params string[] program)
    {
        Directory = System.IO.Directory.CreateDirectory(Path.Combine(_folder, "bundle")).FullName;
        File.WriteAllText(Path.Combine(Directory, "config.json"), JsonSerializer.Serialize(Configuration(program)));
        Flags = ["--root", Path.Combine(_folder, "state"), $"--platform={platform}", "--network=none", "--overlay2=none", "--ignore-cgroups"];
    }

    /// <summary>The bundle.</summary>
    public string Directory { get; }

    /// <summary>What every call of runsc needs first.</summary>
    public string[] Flags { get; }

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    /// <summary>A process, as OCI describes it.</summary>
    public static object Process(string[] program, bool terminal) => new
    {
        terminal,
        user = new { uid = 1000, gid = 1000 },
        args = program,
        env = new[] { "PATH=/usr/bin:/bin", "HOME=/tmp" },
        cwd = "/",
        noNewPrivileges = true,
    };

    private static object Configuration(string[] program) => new
    {
        ociVersion = "1.0.2",
        process = Process(program, terminal: false),
        root = new { path = SetUp.RootFilesystem, @readonly = true },
        mounts = new[]
        {
            new { destination = "/proc", type = "proc", source = "proc" },
            new { destination = "/dev", type = "tmpfs", source = "tmpfs" },
            new { destination = "/tmp", type = "tmpfs", source = "tmpfs" },
        },
        linux = new { namespaces = new[] { new { type = "pid" }, new { type = "mount" }, new { type = "ipc" }, new { type = "uts" }, new { type = "network" } } },
    };
}
