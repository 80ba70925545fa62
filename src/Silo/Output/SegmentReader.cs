using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Output;

/// <summary>One reader's way through the files of a log: it has the file open that it reads. A file that is deleted meanwhile stays readable to it.</summary>
/// <param name="files">The log's files.</param>
internal sealed class SegmentReader(SegmentFiles? files) : IDisposable
{
    private SafeFileHandle? _open;
    private long _start;

    /// <summary>Reads bytes of a segment that are all there.</summary>
    /// <exception cref="IOException">They are not: the file is gone, cut short, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read.</exception>
    public async ValueTask<byte[]> ReadAsync(LogSegment segment, long offset, int count, CancellationToken cancellationToken)
    {
        if (_open is null || _start != segment.Start)
        {
            Dispose();
            _open = files!.OpenRead(segment.Start);
            _start = segment.Start;
        }

        var data = GC.AllocateUninitializedArray<byte>(count);
        for (var read = 0; read < count;)
        {
            var got = await RandomAccess.ReadAsync(_open, data.AsMemory(read), offset - segment.Start + read, cancellationToken);
            if (got == 0) throw new EndOfStreamException($"The file of the segment at {segment.Start} is cut short.");
            read += got;
        }

        return data;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _open?.Dispose();
        _open = null;
    }
}
