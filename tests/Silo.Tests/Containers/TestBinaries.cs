using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>The C programs that the tests need, compiled once a run: the guest of the tests, and the launch step.</summary>
public sealed class TestBinaries : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-silo-tests-").FullName;

    public TestBinaries()
    {
        try
        {
            Guest = Compile("guest", Source("guest.c"));
            Launcher = Compile("launch", Source("../../../src/Launch/launch.c"), Source("../../../src/Launch/keep.c"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The guest of guest.c.</summary>
    public string Guest { get; }

    /// <summary>The launch step of src/Launch.</summary>
    public string Launcher { get; }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Source(string name, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, name));

    private string Compile(string name, params string[] sources)
    {
        var program = Path.Combine(_directory, name);
        using var compiler = Process.Start("gcc", ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-static", "-o", program, .. sources]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException($"{name} does not compile; see above.");
    }
}
