using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>A directory of one test, private and removed with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    public string Below(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose() => DirectoryTree.Remove(Path);
}
