using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Blobs in a directory of a local file system, which several processes of one machine may use at once. A blob is one file that is written
/// beside, made durable, and renamed into place under the lock of its name; a kill at any moment leaves the old blob or the new one.
/// </summary>
internal sealed class DirectoryBlobStore : IBlobStore, IDisposable
{
    private const int CopyBuffer = 256 * 1024;
    private const int ListBatch = 128;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute;

    // Batches of a listing that are read or looked at: one for each processor beside the caller's.
    private static readonly int ReadAhead = Math.Min(Environment.ProcessorCount, 8) + 1;

    // Longer than any pause within one upload: a file that still grows is younger.
    private static readonly TimeSpan LeftOverAge = TimeSpan.FromHours(6);

    private readonly string _names;
    private readonly string _temporary;
    private readonly NameLocks _locks;
    private readonly TimeProvider _time;

    private DirectoryBlobStore(string directory, TimeProvider time)
    {
        _names = Path.Combine(directory, "names");
        _temporary = Path.Combine(directory, "temporary");
        var locks = Path.Combine(directory, "locks");
        foreach (var part in (string[])[_names, _temporary, locks])
        {
            Directory.CreateDirectory(part, DirectoryMode);
        }

        _locks = new NameLocks(locks);
        _time = time;
    }

    /// <summary>Opens the store in a directory, creating it when there is none, and removes what processes that died left unfinished.</summary>
    /// <exception cref="DataDirectoryException">The directory's file system cannot hold blobs, see <see cref="DirectoryProbe"/>.</exception>
    public static DirectoryBlobStore Open(string directory, TimeProvider time) =>
        TryOpen(directory, time, out var lack) ?? throw DirectoryProbe.Refused(directory, lack!);

    /// <summary>The same, but for a file system that cannot hold blobs in this way.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lack">What the file system lacks, where it cannot.</param>
    /// <returns>The store, or null.</returns>
    public static DirectoryBlobStore? TryOpen(string directory, TimeProvider time, out string? lack)
    {
        var store = new DirectoryBlobStore(Path.GetFullPath(directory), time);
        lack = DirectoryProbe.Find(store._names, store._temporary);
        if (lack is not null)
        {
            store.Dispose();
            return null;
        }

        var oldest = time.GetUtcNow() - LeftOverAge;
        foreach (var file in new DirectoryInfo(store._temporary).EnumerateFiles().Where(file => file.LastWriteTimeUtc < oldest.UtcDateTime))
        {
            file.Delete();
        }

        return store;
    }

    /// <inheritdoc/>
    public async Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default)
    {
        var path = BlobPaths.File(_names, BlobName.Check(name));
        var header = BlobFileHeader.Create(options.Metadata);

        // Spares the copy when it is already lost. The check that counts is made under the lock.
        if (!options.Condition.Holds(Peek(path, name)))
        {
            return null;
        }

        var temporary = Path.Combine(_temporary, header.Generation);
        try
        {
            long length;
            using (var file = File.OpenHandle(temporary, System.IO.FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
            {
                File.SetUnixFileMode(file, FileMode);
                length = await WriteAsync(file, header, content, cancellationToken);
                header.WriteTime(file, _time.GetUtcNow());
                RandomAccess.FlushToDisk(file);
            }

            FaultPoints.Reach(FaultPoint.BlobWritten);
            var published = await _locks.RunAsync(name, () => Publish(temporary, path, name, options.Condition), cancellationToken);
            return published ? header.Describe(name, length) : null;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default)
    {
        var path = BlobPaths.File(_names, BlobName.Check(name));
        if (OpenFile(path) is not { } file)
        {
            return Task.FromResult<OpenBlob?>(null);
        }

        try
        {
            var header = BlobFileHeader.Read(file, path);
            var properties = header.Describe(name, RandomAccess.GetLength(file));
            var offset = Math.Clamp(range?.Offset ?? 0, 0, properties.Size);
            var length = Math.Clamp(range?.Length ?? long.MaxValue, 0, properties.Size - offset);
            return Task.FromResult<OpenBlob?>(new OpenBlob(properties, new SliceStream(file, header.Bytes.Length + offset, length)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult(Peek(BlobPaths.File(_names, BlobName.Check(name)), name));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default)
    {
        var path = BlobPaths.File(_names, BlobName.Check(name));
        return _locks.RunAsync(name, () => Remove(path, name, expectedGeneration), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(
        string prefix, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Headers are read off the caller's thread and by every processor, a few batches ahead of what the caller looks at and no further.
        using var batches = new BlobWalk(_names, prefix, after).Names().Chunk(ListBatch).GetEnumerator();
        var reading = new Queue<Task<BlobProperties?[]>>();
        try
        {
            while (true)
            {
                while (reading.Count < ReadAhead && batches.MoveNext())
                {
                    var names = batches.Current;
                    reading.Enqueue(Task.Run(() => Array.ConvertAll(names, name => Peek(BlobPaths.File(_names, name), name)), CancellationToken.None));
                }

                if (!reading.TryPeek(out var first))
                {
                    yield break;
                }

                cancellationToken.ThrowIfCancellationRequested();
                foreach (var blob in await first)
                {
                    // One that was deleted meanwhile is no longer there to be listed.
                    if (blob is not null)
                    {
                        yield return blob;
                    }
                }

                _ = reading.Dequeue();
            }
        }
        finally
        {
            // A caller that has seen enough does not hear what became of the rest.
            await ((Task)Task.WhenAll(reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _locks.Dispose();

    private static async Task<long> WriteAsync(SafeFileHandle file, BlobFileHeader header, Stream content, CancellationToken cancellationToken)
    {
        RandomAccess.Write(file, header.Bytes, 0);
        long length = header.Bytes.Length;
        var buffer = new byte[CopyBuffer];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var got)
        {
            await RandomAccess.WriteAsync(file, buffer.AsMemory(0, got), length, cancellationToken);
            length += got;
        }

        return length;
    }

    private static SafeFileHandle? OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path, System.IO.FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static BlobProperties? Peek(string path, string name)
    {
        // Lists come here for each of thousands: no more calls of the system than these three and the closing.
        using var file = Posix.TryOpenAt(Posix.AtFdCwd, Posix.Bytes(path), Posix.ReadOnly, 0, out var error);
        if (file is null)
        {
            return error is Posix.NotFound or Posix.NotADirectory ? null : throw Posix.Failed(error, $"open {path}");
        }

        return BlobFileHeader.Read(file, path).Describe(name, Posix.LengthOf(file));
    }

    private bool Publish(string temporary, string path, string name, BlobCondition condition)
    {
        if (!condition.Holds(Peek(path, name)))
        {
            return false;
        }

        var directory = Path.GetDirectoryName(path)!;
        while (true)
        {
            try
            {
                MakeDirectory(directory);
                Posix.Rename(temporary, path);
                Posix.SyncDirectory(directory);
                return true;
            }
            catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException && File.Exists(temporary))
            {
                // Whoever deleted the directory's last blob removed it in between.
            }
        }
    }

    private void MakeDirectory(string directory)
    {
        if (directory.Length <= _names.Length || Directory.Exists(directory))
        {
            return;
        }

        var parent = Path.GetDirectoryName(directory)!;
        MakeDirectory(parent);
        Directory.CreateDirectory(directory, DirectoryMode);
        Posix.SyncDirectory(parent);
    }

    private bool Remove(string path, string name, string? expectedGeneration)
    {
        if (Peek(path, name) is not { } current || (expectedGeneration is not null && expectedGeneration != current.Generation))
        {
            return false;
        }

        // Opened first: once it is empty, another process may remove it.
        using (var directory = Posix.OpenDirectory(Path.GetDirectoryName(path)!))
        {
            File.Delete(path);
            Posix.Check(Posix.FSync(Posix.Fd(directory)), $"fsync the directory of {path}");
        }

        RemoveEmptyDirectories(Path.GetDirectoryName(path)!);
        return true;
    }

    private void RemoveEmptyDirectories(string directory)
    {
        try
        {
            for (; directory.Length > _names.Length; directory = Path.GetDirectoryName(directory)!)
            {
                Directory.Delete(directory);
            }
        }
        catch (IOException)
        {
            // Not empty, or another process was quicker: both are fine.
        }
    }
}
