using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Runsc;

/// <summary>How much a pipe of a child holds. The kernel gives it 64 KiB, and takes its memory only as bytes lie in it.</summary>
internal static partial class PipeSize
{
    private const int SetPipeSize = 1031;

    /// <summary>Makes a pipe larger, where the kernel lets it: it is only slower otherwise.</summary>
    /// <param name="stream">One end; a stream that is no pipe stays as it is.</param>
    /// <param name="bytes">A power of two of pages.</param>
    public static void TryGrow(Stream stream, int bytes)
    {
        if (stream is PipeStream pipe) _ = ControlFile(pipe.SafePipeHandle, SetPipeSize, bytes);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(SafePipeHandle file, int command, int argument);
}
