using System.Runtime.CompilerServices;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Silo.Output;

internal sealed partial class OutputLog
{
    /// <summary>Bytes of one item at most.</summary>
    public const int ChunkBytes = 49_152;

    private bool _saidReadFailed;

    /// <summary>
    /// Reads from a cursor on: <see cref="OutputData"/> of up to <see cref="ChunkBytes"/>, <see cref="OutputGap"/> for what fell out before this
    /// reader came to it, <see cref="OutputEnd"/> last. A cursor of another timeline, or beyond the end, gets one <see cref="OutputFailure"/>, and so
    /// does a reader of a log that is disposed of. The reader holds no memory beyond the item at hand, and nobody waits for it.
    /// </summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="follow">Whether to wait for what comes; else the reading ends at what is the end when it begins.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<OutputItem> ReadAsync(
        OutputCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Refuse(from) is { } refusal)
        {
            yield return refusal;
            yield break;
        }

        var position = from.Offset;
        var until = follow ? long.MaxValue : Offset;
        using var segments = new SegmentReader(_files);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (item, wait, segment) = Next(position, until);
            if (wait is not null)
            {
                await wait.WaitAsync(cancellationToken);
                continue;
            }

            item ??= await ReadDiskAsync(segments, segment, position, until, cancellationToken);
            if (item is null) continue;
            yield return item;
            if (item is OutputEnd or OutputFailure) yield break;
            position = item is OutputData data ? data.Offset + data.Data.Length : ((OutputGap)item).To;
        }
    }

    private OutputFailure? Refuse(OutputCursor from)
    {
        var end = Offset;
        if (from.Timeline is { } timeline && timeline != Timeline)
            return Failure(SandboxErrorCode.Conflict, $"The cursor is of timeline {timeline}, the log is of timeline {Timeline}: read on from there.", end);
        if (from.Offset > end)
            return Failure(SandboxErrorCode.Conflict, $"Offset {from.Offset} is beyond the log's end, {end}: read on from there.", end);
        return from.Offset < 0 ? Failure(SandboxErrorCode.Invalid, "An offset is 0 or more.", expected: null) : null;
    }

    /// <summary>What is at a position: an item, something to wait for, or a segment to read.</summary>
    private (OutputItem? Item, Task? Wait, LogSegment Segment) Next(long position, long until)
    {
        lock (_gate)
        {
            if (_disposed) return (Failure(SandboxErrorCode.Gone, "The process and its output were removed.", expected: null), null, default);
            var place = position >= until ? new LogPlace(LogPlaceKind.End, 0) : _window.Locate(position);
            switch (place.Kind)
            {
                case LogPlaceKind.Lost:
                    return (new OutputGap { Timeline = Timeline, From = position, To = position + place.Count }, null, default);
                case LogPlaceKind.Disk:
                    return (null, null, place.Segment);
                case LogPlaceKind.Memory:
                    var data = GC.AllocateUninitializedArray<byte>((int)Math.Min(ChunkBytes, Math.Min(place.Count, until - position)));
                    _memory.CopyTo(position, data);
                    return (new OutputData { Timeline = Timeline, Offset = position, Data = data }, null, default);
                default:
                    var ended = _window.Ended && position == _window.Offset;
                    return ended || position >= until
                        ? (new OutputEnd { Timeline = Timeline, Offset = position, Ended = ended }, null, default)
                        : (null, (_readers ??= NewWaiter()).Task, default);
            }
        }
    }

    /// <summary>Bytes of a segment, the gap that they leave when they cannot be read, or null when they fell out meanwhile.</summary>
    private async ValueTask<OutputItem?> ReadDiskAsync(
        SegmentReader segments, LogSegment segment, long position, long until, CancellationToken cancellationToken)
    {
        try
        {
            var count = (int)Math.Min(ChunkBytes, Math.Min(segment.End, until) - position);
            var data = await segments.ReadAsync(segment, position, count, cancellationToken);
            return new OutputData { Timeline = Timeline, Offset = position, Data = data };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                if (_disposed || _window.Start > position) return null;
                if (!_saidReadFailed) LogReadFailed(e, _setup.Directory, _setup.Name, position);
                _saidReadFailed = true;
            }

            return new OutputGap { Timeline = Timeline, From = position, To = segment.End };
        }
    }

    private OutputFailure Failure(SandboxErrorCode code, string message, long? expected) =>
        new() { Timeline = Timeline, Error = new SandboxError { Code = code, Message = message, Expected = expected } };
}
