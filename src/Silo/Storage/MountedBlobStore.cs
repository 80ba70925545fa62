using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Blobs in a directory whose file system neither replaces a file in one step nor locks it for other machines, such as a mounted bucket. One server uses it at
/// a time. A blob has two places, <c>NAME@0</c> and <c>NAME@1</c>: a put writes the one that is not current, seals it, and then removes the other.
/// </summary>
/// <remarks>
/// The seal stands behind the bytes: the header's 16 bytes of generation, which nobody who chose the content could know, then i64 the put's number among those
/// of the blob, i64 milliseconds since 1970, little-endian. A file without it is not there: a server that is killed leaves the old blob or the new one.
/// </remarks>
internal sealed class MountedBlobStore : IBlobStore, IDisposable
{
    private const int SealLength = 32;
    private const int CopyBuffer = 1024 * 1024;
    private const int Stripes = 1024;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute;

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly long[] _changes = new long[Stripes];
    private readonly ListedBlobs<long> _listed = new();
    private readonly string _names;
    private readonly string _spool;
    private readonly TimeProvider _time;

    /// <param name="directory">Where the blobs are.</param>
    /// <param name="spool">A directory of a local file system, where content is kept that is still coming.</param>
    /// <param name="time">The clock.</param>
    public MountedBlobStore(string directory, string spool, TimeProvider time)
    {
        _names = Path.Combine(Path.GetFullPath(directory), "names");
        (_spool, _time) = (spool, time);
        Directory.CreateDirectory(_names, DirectoryMode);
    }

    /// <inheritdoc/>
    public async Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default)
    {
        var path = BlobPaths.File(_names, BlobName.Check(name));
        var header = BlobFileHeader.Create(options.Metadata);

        // Spares the copy when it is already lost. The check that counts is made in the name's turn.
        if (!options.Condition.Holds(Find(path, name))) return null;

        // Content may be slow to come, and may fail: the turn is taken when all of it is here.
        using var spooled = await SpoolAsync(content, cancellationToken);
        return await InTurnAsync(path, () => Publish(path, name, header, spooled, options.Condition), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default)
    {
        if (Current(BlobPaths.File(_names, BlobName.Check(name))) is not { } current) return Task.FromResult<OpenBlob?>(null);
        var properties = current.Describe(name);
        var offset = Math.Clamp(range?.Offset ?? 0, 0, properties.Size);
        var length = Math.Clamp(range?.Length ?? long.MaxValue, 0, properties.Size - offset);
        return Task.FromResult<OpenBlob?>(new OpenBlob(properties, new SliceStream(current.File, current.Header.Bytes.Length + offset, length)));
    }

    /// <inheritdoc/>
    public Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult(Find(BlobPaths.File(_names, BlobName.Check(name)), name));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default)
    {
        var path = BlobPaths.File(_names, BlobName.Check(name));
        return InTurnAsync(path, () => Remove(path, name, expectedGeneration), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, string? after = null, CancellationToken cancellationToken = default) =>
        BlobReading.ReadAsync(new BlobWalk(_names, prefix, after).Names(), Look, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var turn in _turns) turn.Dispose();
    }

    private static string Place(string path, int number) => path + (char)('0' + number);

    private static int StripeOf(string path) => (int)((uint)path.GetHashCode(StringComparison.Ordinal) % Stripes);

    private static SealedFile? Open(string path, int number)
    {
        var place = Place(path, number);
        var file = Posix.TryOpenAt(Posix.AtFdCwd, Posix.Bytes(place), Posix.ReadOnly, 0, out var error);
        if (file is null) return error is Posix.NotFound or Posix.NotADirectory ? null : throw Posix.Failed(error, $"open {place}");
        try
        {
            if (SealedFile.Read(file, place, number) is { } whole) return whole;
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    /// <summary>The file that is the blob now, which the caller disposes of; null when there is none.</summary>
    private SealedFile? Current(string path)
    {
        ref var changes = ref _changes[StripeOf(path)];
        while (true)
        {
            // Looked at while nothing was changed, which is told before a file goes: else the two may never have been there together.
            var before = Volatile.Read(ref changes);
            var one = Open(path, 0);
            SealedFile? other;
            try
            {
                other = Open(path, 1);
            }
            catch
            {
                one?.File.Dispose();
                throw;
            }

            var (current, old) = one is null || other?.Number > one.Number ? (other, one) : (one, other);
            old?.File.Dispose();
            if (Volatile.Read(ref changes) == before) return current;
            current?.File.Dispose();
        }
    }

    private BlobProperties? Find(string path, string name)
    {
        if (Current(path) is not { } current) return null;
        using (current.File) return current.Describe(name);
    }

    /// <summary>The same for a listing: on a mounted bucket each look is several requests, and nobody but this store changes anything.</summary>
    private BlobProperties? Look(string name)
    {
        var path = BlobPaths.File(_names, name);
        var changes = Volatile.Read(ref _changes[StripeOf(path)]);
        if (_listed.Find(name, changes) is { } known) return known;
        if (Current(path) is not { } current) return null;
        using (current.File)
        {
            var blob = current.Describe(name);
            _listed.Add(blob, current.Header, changes);
            return blob;
        }
    }

    private async Task<T> InTurnAsync<T>(string path, Func<T> work, CancellationToken cancellationToken)
    {
        var stripe = StripeOf(path);
        await _turns[stripe].WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _turns[stripe].Release();
        }
    }

    private async Task<FileStream> SpoolAsync(Stream content, CancellationToken cancellationToken)
    {
        var spooled = new FileStream(Path.Combine(_spool, Path.GetRandomFileName()), new FileStreamOptions
        {
            Mode = System.IO.FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            UnixCreateMode = FileMode,
            BufferSize = 0,
        });
        try
        {
            // It has no name from here on, so nothing is left of it whenever this process ends.
            File.Delete(spooled.Name);
            await content.CopyToAsync(spooled, CopyBuffer, cancellationToken);
            return spooled;
        }
        catch
        {
            await spooled.DisposeAsync();
            throw;
        }
    }

    private BlobProperties? Publish(string path, string name, BlobFileHeader header, FileStream content, BlobCondition condition)
    {
        var current = Current(path);
        current?.File.Dispose();
        if (!condition.Holds(current?.Describe(name))) return null;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, DirectoryMode);
        var seal = new byte[SealLength];
        header.Bytes.AsSpan(BlobFileHeader.GenerationOffset, 16).CopyTo(seal);
        BinaryPrimitives.WriteInt64LittleEndian(seal.AsSpan(16), (current?.Number ?? 0) + 1);
        BinaryPrimitives.WriteInt64LittleEndian(seal.AsSpan(24), _time.GetUtcNow().ToUnixTimeMilliseconds());
        var place = current is null ? 0 : 1 - current.Place;

        // What a put that was not finished left there. Whoever reads the blob that was there before has it open.
        File.Delete(Place(path, place));
        try
        {
            Write(Place(path, place), header, content, seal);
            FaultPoints.Reach(FaultPoint.BlobWritten);
        }
        finally
        {
            // It may be there, whatever failed.
            Interlocked.Increment(ref _changes[StripeOf(path)]);
        }

        if (current is not null) File.Delete(Place(path, current.Place));
        return Find(path, name);
    }

    private static void Write(string place, BlobFileHeader header, FileStream content, byte[] seal)
    {
        using var file = new FileStream(place, new FileStreamOptions
        {
            Mode = System.IO.FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = FileMode,
            BufferSize = 0,
        });
        file.Write(header.Bytes);
        content.Position = 0;
        content.CopyTo(file, CopyBuffer);
        file.Write(seal);

        // A mounted bucket takes the file now, and says here if it does not.
        file.Flush(flushToDisk: true);
    }

    private bool Remove(string path, string name, string? expectedGeneration)
    {
        if (Current(path) is not { } current) return false;
        current.File.Dispose();
        if (expectedGeneration is not null && expectedGeneration != current.Describe(name).Generation) return false;

        // An older one first: it must not come back when this is killed in between.
        File.Delete(Place(path, 1 - current.Place));
        Interlocked.Increment(ref _changes[StripeOf(path)]);
        File.Delete(Place(path, current.Place));
        _listed.Remove(name);
        return true;
    }

    /// <summary>An open file that holds a whole blob.</summary>
    private sealed record SealedFile(SafeFileHandle File, BlobFileHeader Header, int Place, long Number, DateTimeOffset Time, long Length)
    {
        public static SealedFile? Read(SafeFileHandle file, string path, int place)
        {
            var length = Posix.LengthOf(file);
            Span<byte> seal = stackalloc byte[SealLength];
            Span<byte> generation = stackalloc byte[16];
            if (length < BlobFileHeader.FixedLength + SealLength || Posix.ReadAt(file, seal, length - SealLength) != SealLength) return null;
            if (Posix.ReadAt(file, generation, BlobFileHeader.GenerationOffset) != generation.Length || !generation.SequenceEqual(seal[..16])) return null;
            return new SealedFile(
                file, BlobFileHeader.Read(file, path), place, BinaryPrimitives.ReadInt64LittleEndian(seal[16..]),
                DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(seal[24..])), length);
        }

        public BlobProperties Describe(string name) => Header.Describe(name, Length - SealLength) with { Time = Time };
    }
}
