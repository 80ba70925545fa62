using System.Runtime.InteropServices;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Checkpoints;

/// <summary>A second name for a file.</summary>
internal static unsafe class HardLink
{
    private const int OtherFileSystem = 18;
    private const int NotPermitted = 1;
    private const int TooManyLinks = 31;

    /// <summary>Gives a file a second name.</summary>
    /// <returns>False when the file is gone, the name is taken, or the file system cannot do it; nothing has happened then.</returns>
    /// <exception cref="IOException">Anything else, as a full disk.</exception>
    public static bool TryCreate(string file, string name)
    {
        fixed (byte* from = Posix.Bytes(file), to = Posix.Bytes(name))
        {
            if (Posix.LinkAt(Posix.AtFdCwd, from, Posix.AtFdCwd, to, 0) == 0) return true;
        }

        return Marshal.GetLastPInvokeError() is Posix.NotFound or Posix.Exists or OtherFileSystem or NotPermitted or TooManyLinks or Posix.NotSupported
            ? false
            : throw Posix.Failed(Marshal.GetLastPInvokeError(), $"link {name}");
    }
}
