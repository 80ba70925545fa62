using System.Runtime.InteropServices;

namespace Sandbox.Silo.Containers;

/// <summary>A path without links, <c>.</c> and <c>..</c>: the kernel's name for a directory. .NET resolves a last link only.</summary>
internal static partial class RealPath
{
    /// <summary>The real path of something that exists.</summary>
    /// <exception cref="DirectoryNotFoundException">It does not.</exception>
    public static string Of(string path)
    {
        var text = Resolve(path, nint.Zero);
        if (text == nint.Zero)
            throw new DirectoryNotFoundException($"There is no directory {Path.GetFullPath(path)}, or the server may not enter it.");

        try
        {
            return Marshal.PtrToStringUTF8(text)!;
        }
        finally
        {
            Free(text);
        }
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint pointer);
}
