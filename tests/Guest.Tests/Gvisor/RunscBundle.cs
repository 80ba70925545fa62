using System.Diagnostics;
using System.Text.Json;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>
/// A bundle with the release agent over the root filesystem of the base template, as the server makes it, and the containers that run it: one started,
/// any number restored from its checkpoints. Disposed after the sessions that it made.
/// </summary>
internal sealed class RunscBundle : IAsyncDisposable
{
    private const string RootFilesystemVariable = "SANDBOX_TEST_ROOTFS";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static int _count;

    /// <summary>Exactly what the agent needs of its container.</summary>
    private static readonly string[] _capabilities =
        ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
         "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_SYS_RESOURCE"];

    private readonly string _directory;
    private readonly string _name;
    private readonly string[] _flags;
    private readonly List<string> _containers = [];

    public RunscBundle(GuestBinaries binaries)
    {
        var template = Environment.GetEnvironmentVariable(RootFilesystemVariable);
        if (string.IsNullOrEmpty(template) || !Directory.Exists(template))
            throw new InvalidOperationException($"{RootFilesystemVariable} must name a root filesystem with Python; ./sandbox test sets it to the base template's.");

        _name = $"guest-test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        _directory = Path.Combine(binaries.Root, _name);
        _flags = ["--platform=ptrace", "--network=none", "--ignore-cgroups", "--overlay2=none", $"--root={Path.Combine(binaries.Root, "runsc")}"];
        WriteBundle(binaries, template);
    }

    /// <summary>Runs a container, and configures its agent. With <paramref name="ownsBundle"/> the bundle goes with the session.</summary>
    public async Task<AgentSession> StartAsync(Configuration? configuration = null, bool ownsBundle = false)
    {
        var container = NewContainer();
        var session = AgentSession.Attach(
            new ProcessStartInfo("runsc", [.. _flags, "run", "--bundle", _directory, container]), async () => await (ownsBundle ? DisposeAsync() : RemoveAsync(container)));
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

    /// <summary>Writes the state of the newest container that was made, whose agent is held. Returns the image's directory.</summary>
    public async Task<string> CheckpointAsync(bool leaveRunning, int container = -1)
    {
        var image = Path.Combine(_directory, $"image-{Interlocked.Increment(ref _count)}");
        Directory.CreateDirectory(image);
        await CallAsync(["checkpoint", .. leaveRunning ? (string[])["--leave-running"] : [], $"--image-path={image}", container < 0 ? _containers[^1] : _containers[container]]);
        return image;
    }

    /// <summary>Restores into a new container; its agent still waits for RESUME.</summary>
    public AgentSession Restore(string image, HeldSandbox held) => Attach("restore", NewContainer(), [$"--image-path={image}"], held);

    /// <summary>Restores into a container that was created before, as a pool does.</summary>
    public async Task<AgentSession> RestoreIntoCreatedAsync(string image, HeldSandbox held)
    {
        var container = NewContainer();
        var session = Attach("create", container, [], held);
        try
        {
            await session.LauncherEndedAsync();
            await CallAsync(["restore", "--detach", "--bundle", _directory, $"--image-path={image}", container]);
            return session;
        }
        catch
        {
            await RemoveAsync(container);
            await session.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in _containers)
            await RemoveAsync(container);
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private string NewContainer()
    {
        _containers.Add($"{_name}-{_containers.Count}");
        return _containers[^1];
    }

    private AgentSession Attach(string verb, string container, string[] options, HeldSandbox held) =>
        AgentSession.Attach(
            new ProcessStartInfo("runsc", [.. _flags, verb, "--bundle", _directory, .. options, container]), async () => await RemoveAsync(container), held);

    /// <summary>An attached run that ended has deleted its container; after a failure or a checkpoint it may not have.</summary>
    private async ValueTask RemoveAsync(string container) => await CallAsync(["delete", "--force", container], mayFail: true);

    private async Task CallAsync(string[] arguments, bool mayFail = false)
    {
        // What is detached keeps the pipes that it was given: a file tells what went wrong, since their end would never come.
        var log = Path.Combine(_directory, $"log-{Interlocked.Increment(ref _count)}");
        using var process = Process.Start(new ProcessStartInfo("runsc", [$"--log={log}", .. _flags, .. arguments]) { UseShellExecute = false, RedirectStandardError = true })!;
        using var deadline = new CancellationTokenSource(_patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"runsc {string.Join(' ', arguments)} did not end.", e);
        }

        if (process.ExitCode != 0 && !mayFail)
            throw new InvalidOperationException($"runsc {string.Join(' ', arguments)} failed: {await File.ReadAllTextAsync(log, deadline.Token)}");
    }

    private void WriteBundle(GuestBinaries binaries, string template)
    {
        var root = Path.Combine(_directory, "root");
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
        File.WriteAllBytes(Path.Combine(_directory, "config.json"), JsonSerializer.SerializeToUtf8Bytes(configuration));
    }

    private static object Layer(string destination, string source) =>
        new { destination, type = "bind", source, options = (string[])["bind", "ro"] };
}
