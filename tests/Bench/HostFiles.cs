using System.Diagnostics;

namespace Sandbox.Bench;

/// <summary>A file, a directory of files and its archive on this machine, half of it random and half text, and what the machine's own programs do with them.</summary>
internal sealed class HostFiles : IDisposable
{
    private const int Directories = 10;
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("sandbox-bench-files-").FullName;

    /// <param name="megabytes">How much.</param>
    /// <param name="count">Of how many files the directory is.</param>
    public HostFiles(int megabytes, int count = 1_000)
    {
        (Bytes, Count) = (megabytes * 1_000_000L, count);
        var random = new Random(megabytes);
        using (var file = System.IO.File.Create(File))
        {
            for (var i = 0; i < count; i++)
            {
                var bytes = Content(random, (int)(Bytes / count), text: i % 2 == 0);
                file.Write(bytes);
                var directory = System.IO.Directory.CreateDirectory(Path.Combine(Directory, $"{i % Directories}"));
                System.IO.File.WriteAllBytes(Path.Combine(directory.FullName, $"{i}"), bytes);
            }
        }

        PackAsync().GetAwaiter().GetResult();
    }

    /// <summary>Bytes of the file, and of all of the directory's.</summary>
    public long Bytes { get; }

    /// <summary>Files in the directory.</summary>
    public int Count { get; }

    public string File => Path.Combine(_root, "file");

    public string Directory => Path.Combine(_root, "directory");

    public string Archive => Path.Combine(_root, "archive.tar");

    /// <summary>Bytes of which text can be compressed to less than half.</summary>
    public static byte[] Content(Random random, int length, bool text)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        if (text)
        {
            for (var i = 0; i < length; i++) bytes[i] = (byte)(i % 64 == 63 ? '\n' : 'a' + (bytes[i] & 7));
        }

        return bytes;
    }

    public Task CopyAsync() => RunAsync("cp", File, File + ".copy");

    public Task CopyDirectoryAsync() => RunAsync("cp", "-a", Directory, FreshDirectory());

    public Task PackAsync() => RunAsync("tar", "-C", Directory, "-cf", Archive, ".");

    public Task PackCompressedAsync() => RunAsync("tar", "-C", Directory, "-I", "zstd -1", "-cf", Archive + ".zst", ".");

    public Task UnpackAsync() => RunAsync("tar", "-C", FreshDirectory(), "-xf", Archive);

    public Task UnpackCompressedAsync() => RunAsync("tar", "-C", FreshDirectory(), "-I", "zstd", "-xf", Archive + ".zst");

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    private string FreshDirectory() => System.IO.Directory.CreateDirectory(Path.Combine(_root, Path.GetRandomFileName())).FullName;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} exited with {process.ExitCode}: see above.");
    }
}
