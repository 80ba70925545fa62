using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Link;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Files;

/// <summary>
/// The parts of an upload that come one behind another: from the second on one worker takes them all, and a part is answered once it is on its way to it,
/// so that the next one comes while it is written. What the upload has is in its file in the guest alone: whenever a part begins elsewhere, or nobody sends
/// one for a while, the worker ends with all of it written, and the next part has a worker of its own.
/// </summary>
/// <param name="start">Starts a worker that takes the upload's bytes from a part's offset on, or gives null.</param>
/// <param name="alone">Writes a part by a worker of its own, and waits for that.</param>
/// <param name="longestSilence">After so long without a part the worker ends.</param>
/// <param name="time">The clock.</param>
internal sealed class UploadSession(
    Func<FileWrite, GuestWork?> start, Func<FileWrite, ReadOnlyMemory<byte>, Task<Outcome<FileWritten>>> alone, TimeSpan longestSilence, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private GuestWork? _work;
    private ITimer? _patience;
    private bool? _root;
    private long _end = -1;

    /// <summary>Whether no worker waits for its parts.</summary>
    public bool IsIdle => Volatile.Read(ref _work) is null or { Done.IsCompleted: true };

    /// <summary>Takes a part that is not the last one, whole once it has begun.</summary>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<Outcome<FileWritten>> TakeAsync(FileWrite write, ReadOnlyMemory<byte> data)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            // An empty part asks where the upload is, which only its file can say.
            if (write.Offset == _end && write.Root == _root && !data.IsEmpty)
            {
                if (_work is null && start(write) is { } work)
                {
                    Volatile.Write(ref _work, work);
                    _patience = time.CreateTimer(_ => work.EndInput(), state: null, longestSilence, Timeout.InfiniteTimeSpan);
                }

                _patience?.Change(longestSilence, Timeout.InfiniteTimeSpan);
                if (_work is not null && await _work.WriteAsync(data, CancellationToken.None)) return Refusal.Answer(new FileWritten { Offset = _end += data.Length });
            }

            if (await EndAsync() is { } failure) return Refusal.Answer<FileWritten>(failure);
            var answer = await alone(write, data);
            (_end, _root) = (answer.Value?.Offset ?? -1, write.Root);
            return answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits until all that was taken is written.</summary>
    /// <returns>Why it could not be, or null.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<SandboxError?> CloseAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            return await EndAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _patience?.Dispose();
        _work?.Dispose();
    }

    private async Task<SandboxError?> EndAsync()
    {
        if (_work is not { } work) return null;
        try
        {
            work.EndInput();
            return FileErrors.Of(await work.Done);
        }
        finally
        {
            Dispose();
            (_patience, _end) = (null, -1);
            Volatile.Write(ref _work, null);
        }
    }
}
