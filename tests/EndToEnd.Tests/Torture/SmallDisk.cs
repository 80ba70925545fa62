using System.Diagnostics;
using System.Globalization;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A real file system of a limited size over a directory, until it is disposed of.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    /// <summary>Mounts one.</summary>
    public static SmallDisk Over(string directory, int megabytes)
    {
        Directory.CreateDirectory(directory);
        Run("mount", "-t", "tmpfs", "-o", $"mode=0700,size={megabytes.ToString(CultureInfo.InvariantCulture)}m", "sandbox-test", directory);
        return new SmallDisk(directory);
    }

    /// <summary>Gives it another size.</summary>
    public void Resize(int megabytes) => Run("mount", "-o", $"remount,size={megabytes.ToString(CultureInfo.InvariantCulture)}m", _directory);

    // Also where somebody still has a file of it open: it goes with that.
    public void Dispose() => Run("umount", "--lazy", _directory);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said}");
    }
}
