using System.Diagnostics;
using System.Text.Json;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Starts the release agent in a real gVisor sandbox, as the server does, over the root filesystem of the base template.</summary>
internal static class RunscAgent
{
    private const string RootFilesystemVariable = "SANDBOX_TEST_ROOTFS";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private static int _count;

    /// <summary>Exactly what the agent needs of its container.</summary>
    private static readonly string[] _capabilities =
        ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
         "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_SYS_RESOURCE"];

    public static async Task<AgentSession> StartAsync(GuestBinaries binaries, Configuration? configuration = null)
    {
        var template = Environment.GetEnvironmentVariable(RootFilesystemVariable);
        if (string.IsNullOrEmpty(template) || !Directory.Exists(template))
            throw new InvalidOperationException($"{RootFilesystemVariable} must name a root filesystem with Python; ./sandbox test sets it to the base template's.");

        var id = $"guest-test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        var bundle = Path.Combine(binaries.Root, id);
        var state = Path.Combine(binaries.Root, "runsc");
        WriteBundle(bundle, binaries, template);
        var command = new ProcessStartInfo("runsc", [.. Flags(state), "run", "--bundle", bundle, id]);
        var session = AgentSession.Attach(command, async () => await RemoveAsync(state, id, bundle));
        try
        {
            await session.ConfigureAsync((configuration ?? new Configuration()) with { Lower = ["/l/1", "/l/0"] });
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private static string[] Flags(string state) =>
        ["--platform=ptrace", "--network=none", "--ignore-cgroups", "--overlay2=none", $"--root={state}"];

    private static void WriteBundle(string bundle, GuestBinaries binaries, string template)
    {
        var root = Path.Combine(bundle, "root");
        foreach (var mountPoint in (string[])["proc", "dev", "mnt", "l/0", "l/1"])
            Directory.CreateDirectory(Path.Combine(root, mountPoint));
        File.Copy(binaries.Release, Path.Combine(root, "agent"));
        var configuration = new
        {
            ociVersion = "1.0.2",
            process = new
            {
                user = new { uid = 0, gid = 0 },
                args = (string[])["/agent"],
                env = Array.Empty<string>(),
                cwd = "/",
                capabilities = new { bounding = _capabilities, effective = _capabilities, permitted = _capabilities },
            },
            root = new { path = root, @readonly = true },
            mounts = (object[])
            [
                new { destination = "/proc", type = "proc", source = "proc" },
                new { destination = "/dev", type = "tmpfs", source = "tmpfs" },
                Layer("/l/0", template),
                Layer("/l/1", binaries.Attacks),
            ],
            linux = new { namespaces = ((string[])["pid", "mount", "ipc", "uts", "network"]).Select(type => new { type }) },
        };
        File.WriteAllBytes(Path.Combine(bundle, "config.json"), JsonSerializer.SerializeToUtf8Bytes(configuration));
    }

    private static object Layer(string destination, string source) =>
        new { destination, type = "bind", source, options = (string[])["bind", "ro"] };

    private static async Task RemoveAsync(string state, string id, string bundle)
    {
        // An attached run that ended has deleted its container; after a failure it may not have.
        using var delete = Process.Start(new ProcessStartInfo("runsc", [.. Flags(state), "delete", "--force", id]) { RedirectStandardError = true, UseShellExecute = false })!;
        using var deadline = new CancellationTokenSource(_patience);
        await delete.StandardError.ReadToEndAsync(deadline.Token);
        await delete.WaitForExitAsync(deadline.Token);
        Directory.Delete(bundle, recursive: true);
    }
}
