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
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute;

    // Longer than any pause within one upload: a file that still grows is younger.
    private static readonly TimeSpan LeftOverAge = TimeSpan.FromHours(6);

    private readonly string _names;
    private readonly string _temporary;
    private readonly NameLocks _locks;
    private readonly TimeProvider _time;

    // None where the stamps of files are not this kernel's.
    private readonly ListedBlobs<FileStamp>? _listed;

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
        _listed = Posix.IsLocal(Posix.FileSystemType(_names)) ? new ListedBlobs<FileStamp>() : null;
    }

    /// <summary>How long after its last change a file's stamp is its own: longer than the coarsest step of time that a file system counts in.</summary>
    internal TimeSpan Settled { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How many blobs the next listing need not read.</summary>
    internal int Listed => _listed?.Count ?? 0;

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

                // Not on the caller's thread, which may be a grain's: a busy disk takes its time.
                await Task.Run(() => RandomAccess.FlushToDisk(file), CancellationToken.None);
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
    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, string? after = null, CancellationToken cancellationToken = default) =>
        BlobReading.ReadAsync(new BlobWalk(_names, prefix, after).Names(), Look, cancellationToken);

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
        using var file = Posix.TryOpenAt(Posix.AtFdCwd, Posix.Bytes(path), Posix.ReadOnly, 0, out var error);
        if (file is null)
        {
            return error is Posix.NotFound or Posix.NotADirectory ? null : throw Posix.Failed(error, $"open {path}");
        }

        return BlobFileHeader.Read(file, path).Describe(name, Posix.LengthOf(file));
    }

    /// <summary>
    /// The same for a listing, which reads a blob once: its file's inode, time of change and length are others when the blob is another. Unless two changes
    /// fall into one step of the file system's clock; so what changed a moment ago is read each time.
    /// </summary>
    private BlobProperties? Look(string name)
    {
        var path = BlobPaths.File(_names, name);
        if (_listed is null) return Peek(path, name);
        var bytes = Posix.Bytes(path);
        if (_listed.Has(name) && Posix.StampAt(Posix.AtFdCwd, bytes) is { } now && _listed.Find(name, now) is { } known) return known;

        // The clock that stamps files, whichever this server goes by; looked at before the file is.
        var settled = (TimeProvider.System.GetUtcNow() - Settled - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        using var file = Posix.TryOpenAt(Posix.AtFdCwd, bytes, Posix.ReadOnly, 0, out var error);
        if (file is null) return error is Posix.NotFound or Posix.NotADirectory ? null : throw Posix.Failed(error, $"open {path}");
        var stamp = Posix.StampAt(Posix.Fd(file), "\0"u8, Posix.AtEmptyPath) ?? throw Posix.Failed(Posix.NotFound, $"look at {path}");
        var header = BlobFileHeader.Read(file, path);
        var blob = header.Describe(name, stamp.Size);
        if (stamp.Changed < settled) _listed.Add(blob, header, stamp);
        return blob;
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
        try
        {
            Directory.CreateDirectory(directory, DirectoryMode);
        }
        catch (IOException exception) when (exception.HResult == Posix.Exists && !File.Exists(directory))
        {
            // Another has made it, and it was removed again before this could look at what is there.
            throw new DirectoryNotFoundException(exception.Message, exception);
        }

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

        _listed?.Remove(name);

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
