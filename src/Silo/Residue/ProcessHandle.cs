using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sandbox.Silo.Runsc;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Residue;

/// <summary>
/// A process that stays the same one: an id alone may be given to another process between a look at it and a signal to it. Who holds this first and
/// then looks knows whom the signal reaches.
/// </summary>
internal sealed partial class ProcessHandle : IDisposable
{
    // The same on every architecture, as all system calls since Linux 5.
    private const nint SendSignalCall = 424;
    private const nint OpenCall = 434;

    // Closed once, however often it is let go: its number may be another's by then.
    private readonly SafeFileHandle _descriptor;

    private ProcessHandle(int id, nint descriptor)
    {
        Id = id;
        _descriptor = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The process id.</summary>
    public int Id { get; }

    /// <summary>Its arguments; empty for a kernel thread, a zombie, and a process of a guest.</summary>
    public IReadOnlyList<string> Arguments
    {
        get
        {
            try
            {
                return File.ReadAllText($"/proc/{Id}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    /// <summary>Takes hold of a process; null where it has ended.</summary>
    public static ProcessHandle? Open(int id)
    {
        var descriptor = SystemCall(OpenCall, id, 0, 0, 0);
        return descriptor < 0 ? null : new ProcessHandle(id, descriptor);
    }

    /// <summary>Takes hold of every process that may be seen, one at a time, and lets each go before the next.</summary>
    public static IEnumerable<ProcessHandle> OpenAll()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id) || Open(id) is not { } process)
                continue;
            using (process)
                yield return process;
        }
    }

    /// <summary>Ends it by SIGKILL; nothing happens where it has ended.</summary>
    public void Kill() => SystemCall(SendSignalCall, Posix.Fd(_descriptor), PosixSignals.Kill, 0, 0);

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);
}
