using System.Diagnostics;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>A disk of 2 MB.</summary>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk()
    {
        using var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=2m", "none", Path]);
        mount.WaitForExit();
        Assert.Equal(0, mount.ExitCode);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("sandbox-silo-disk-").FullName;

    public void Dispose()
    {
        // Lazily: runsc may have a file open for a moment longer.
        using var unmount = Process.Start("umount", ["--lazy", Path]);
        unmount.WaitForExit();
        Directory.Delete(Path);
    }
}
