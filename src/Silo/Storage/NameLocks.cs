using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Locks of names that hold among threads and among processes: a fixed number of lock files, each for the names that hash to it. A process
/// that dies gives its locks back. They are held for a check and a rename, never while content is written.
/// </summary>
internal sealed class NameLocks(string directory) : IDisposable
{
    private const int Stripes = 64;
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Runs a short piece of blocking work while holding the lock of a name.</summary>
    public async Task<T> RunAsync<T>(string name, Func<T> work, CancellationToken cancellationToken)
    {
        var number = SHA256.HashData(Encoding.UTF8.GetBytes(name))[0] % Stripes;
        await _turns[number].WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(
                () =>
                {
                    // Closing the file is what gives the lock back.
                    using var file = Open(number);
                    Posix.Lock(file);
                    return work();
                },
                CancellationToken.None);
        }
        finally
        {
            _turns[number].Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var turn in _turns)
        {
            turn.Dispose();
        }
    }

    private SafeFileHandle Open(int number)
    {
        var path = Path.Combine(directory, number.ToString("x2"));
        return Posix.TryOpenAt(Posix.AtFdCwd, Posix.Bytes(path), Posix.ReadWrite | Posix.Create, 0x180, out var error)
            ?? throw Posix.Failed(error, $"open {path}");
    }
}
