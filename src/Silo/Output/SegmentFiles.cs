using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Output;

/// <summary>
/// The files of one log, one a segment, named by its first offset: made for root alone (0600, in a directory of 0700), never over an existing
/// file or through a link, appended to until full, then never changed. One thread at a time, but for <see cref="OpenRead"/>.
/// </summary>
/// <param name="directory">Where; made when the first file is.</param>
/// <param name="name">The beginning of the names: <c>[a-z0-9-]</c>, chosen by the host and never by a guest.</param>
/// <param name="segmentBytes">Bytes of a full file.</param>
internal sealed class SegmentFiles(string directory, string name, int segmentBytes)
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;
    private readonly HashSet<long> _files = [];
    private FileStream? _open;
    private long _openStart;

    /// <summary>Writes bytes at a position of a segment's file.</summary>
    /// <exception cref="IOException">The disk is full, or fails. Nothing counts as written, and it may be tried again.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory cannot be written.</exception>
    public void Write(SpillPlan plan, IReadOnlyList<ReadOnlyMemory<byte>> data)
    {
        try
        {
            if (_open is null || _openStart != plan.Segment) Open(plan.Segment);
            RandomAccess.Write(_open!.SafeFileHandle, data, plan.Position);
        }
        catch when (plan.Position == 0)
        {
            // A file without a byte that counts is no segment: nobody would delete it later.
            Delete(plan.Segment);
            throw;
        }

        if (plan.Position + plan.Count == segmentBytes) Close();
    }

    /// <summary>Opens a segment's file for reading.</summary>
    /// <exception cref="IOException">It is gone, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public SafeFileHandle OpenRead(long segment) =>
        File.OpenHandle(PathOf(segment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);

    /// <summary>Deletes a segment's file, if there is one.</summary>
    public void Delete(long segment)
    {
        if (_openStart == segment) Close();
        if (!_files.Contains(segment)) return;
        File.Delete(PathOf(segment));
        _files.Remove(segment);
    }

    /// <summary>Deletes every file. One that cannot be deleted does not keep the others.</summary>
    /// <exception cref="AggregateException">Why some could not.</exception>
    public void DeleteAll()
    {
        Close();
        List<Exception> failures = [];
        foreach (var segment in _files.ToArray())
        {
            try
            {
                Delete(segment);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0) throw new AggregateException(failures);
    }

    private void Open(long segment)
    {
        Close();
        var exists = _files.Contains(segment);
        if (!exists) Directory.CreateDirectory(directory, OwnerDirectory);
        _open = new FileStream(PathOf(segment), new FileStreamOptions
        {
            Mode = exists ? FileMode.Open : FileMode.CreateNew,
            Access = FileAccess.Write,
            // Any other share would take a lock that readers trip over.
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = exists ? null : OwnerFile,
        });
        _openStart = segment;
        _files.Add(segment);
    }

    private void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    private string PathOf(long segment) => Path.Combine(directory, $"{name}-{segment:d19}.log");
}
