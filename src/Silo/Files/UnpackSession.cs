using System.Buffers.Binary;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Files;

/// <summary>
/// An archive that is being unpacked as its parts come. Parts are taken once, whatever is sent twice. Whoever sends none for too long gives it up.
/// </summary>
internal sealed class UnpackSession : IDisposable
{
    private readonly GuestWork _work;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ITimer _patience;
    private readonly TimeSpan _longestSilence;
    private long _taken;
    private Outcome<FileWritten>? _end;

    /// <param name="work">The worker, from here on its own.</param>
    /// <param name="longestSilence">After so long without a part it is given up.</param>
    /// <param name="time">The clock.</param>
    public UnpackSession(GuestWork work, TimeSpan longestSilence, TimeProvider time)
    {
        (_work, _longestSilence) = (work, longestSilence);
        _patience = time.CreateTimer(_ => work.Dispose(), state: null, longestSilence, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether nothing more will come of it: its answer is kept, for a part that is sent again.</summary>
    public bool IsOver => _end is not null || _work.Done.IsCompleted;

    /// <summary>Takes a part.</summary>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<Outcome<FileWritten>> TakeAsync(FileWrite write, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _patience.Change(_longestSilence, Timeout.InfiniteTimeSpan);
            var offset = write.Offset ?? 0;
            if (offset > _taken) return Refusal.Answer<FileWritten>(FileErrors.AtOffset((ulong)_taken));
            if (_end is not null) return _end;
            var fresh = data[(int)Math.Min(_taken - offset, data.Length)..];

            // Once begun a part is taken whole: half of it could not be told apart.
            var goes = await _work.WriteAsync(fresh, CancellationToken.None);
            _taken += fresh.Length;
            if (goes && !write.Finish) return Refusal.Answer(new FileWritten { Offset = _taken });
            _work.EndInput();
            var end = await _work.Done;
            var entries = end.Result.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(end.Result) : 0;
            return _end = FileErrors.Of(end) is { } error
                ? Refusal.Answer<FileWritten>(error)
                : Refusal.Answer(new FileWritten { Offset = _taken, Entries = (long)Math.Min(entries, long.MaxValue) });
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _patience.Dispose();
        _work.Dispose();
    }
}
