using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Sandboxes;

/// <summary>A directory with the files of a checkpoint, which goes with it.</summary>
internal sealed class CheckpointFiles : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly WorkInProgress _work;

    public CheckpointFiles(WorkInProgress work)
    {
        _work = work;
        System.IO.Directory.CreateDirectory(work.Path, Private);
    }

    /// <summary>Its path.</summary>
    public string Directory => _work.Path;

    /// <inheritdoc/>
    public void Dispose() => _work.Dispose();
}
