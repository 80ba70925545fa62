using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Files;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

// Files that are written and archives that are unpacked, part by part.
internal sealed partial class LiveSandbox
{
    /// <summary>Uploads whose end is remembered, for a last part that is sent again.</summary>
    private const int RememberedUploads = 256;

    private const int Unpackings = 8;
    private const int Uploads = 8;
    private static readonly TimeSpan _longestSilence = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(2);

    // Under the gate.
    private readonly Dictionary<(string Path, string Upload), UnpackSession> _unpackings = [];
    private readonly Dictionary<(string Path, string Upload), UploadSession> _uploads = [];
    private readonly Dictionary<(string Path, string Upload), FileWritten> _finished = [];
    private readonly Queue<(string Path, string Upload)> _finishedOrder = new();

    /// <inheritdoc/>
    public async Task<Outcome<FileWritten>> WriteFileAsync(FileWrite write, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if ((FileRequests.Refuse(write.Path) ?? (data.Length > FileWrite.MostBytes ? $"A part has at most {FileWrite.MostBytes} bytes." : null)) is { } refused)
            return Refusal.Answer<FileWritten>(FileErrors.BadRequest(refused));
        var key = (Convert.ToHexString(write.Path), write.Upload ?? "");
        if (write.Unpack) return await UnpackAsync(write, key, data, cancellationToken);
        if (write is { Upload: not null, Finish: true, Offset: > 0 } && Finished(key) is { } before && before.Offset == write.Offset + data.Length)
            return Refusal.Answer(before);
        if (!await Gate.EnterAsync(cancellationToken)) return Refusal.Answer<FileWritten>(Refusal.Suspended());
        try
        {
            if (Refuse() is { } refusal) return Refusal.Answer<FileWritten>(refusal);
            if (write.Upload is null) return await WriteAloneAsync(write, data, cancellationToken);
            var goesOn = !write.Finish && !write.Abandon;
            var session = SessionOf(key, goesOn);
            if (goesOn) return session is null ? await WriteAloneAsync(write, data, cancellationToken) : await session.TakeAsync(write, data);
            if (session is not null && await session.CloseAsync() is { } failure && !write.Abandon) return Refusal.Answer<FileWritten>(failure);
            var written = await WriteAloneAsync(write, data, cancellationToken);
            if (write.Finish && written.Succeeded) Remember(key, written.Value);
            return written;
        }
        catch (LinkException)
        {
            // A part can be sent again; of what is appended without an offset nobody knows.
            return Refusal.Answer<FileWritten>(write is { Upload: null, Offset: null } && _suspended ? FileErrors.Interrupted() : await EndedUnderAsync());
        }
        finally
        {
            Gate.Leave();
        }
    }

    private GuestWork? StartWrite(FileWrite write) => _sandbox.Link.StartWork(FileRequests.Of(write, UserOf(write.Root)));

    private async Task<Outcome<FileWritten>> WriteAloneAsync(FileWrite write, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        using var work = StartWrite(write);
        if (work is null) return Refusal.Answer<FileWritten>(TooManyWorkers());
        _ = await work.WriteAsync(data, cancellationToken);
        work.EndInput();
        var end = await work.Done.WaitAsync(cancellationToken);
        if (FileErrors.Of(end) is { } failure) return Refusal.Answer<FileWritten>(failure);
        if (write.Abandon) return Refusal.Answer(new FileWritten { Offset = 0 });
        if (end.Result.Length != EntryRecord.Size) return Refusal.Answer<FileWritten>(FileErrors.NoAnswer());
        var entry = EntryRecord.Read(end.Result, write.Path);
        return Refusal.Answer(write.Upload is null
            ? new FileWritten { Offset = entry.Size, Entry = entry }
            : new FileWritten { Offset = (write.Offset ?? 0) + data.Length, Entry = write.Finish ? entry : null });
    }

    /// <summary>The upload's session; where it goes on, a new one if there is none and there is room, else it is forgotten.</summary>
    private UploadSession? SessionOf((string Path, string Upload) key, bool goesOn)
    {
        lock (_gate)
        {
            if (!goesOn) return _uploads.Remove(key, out var last) ? last : null;
            if (_uploads.GetValueOrDefault(key) is { } known) return known;
            if (_uploads.Count >= Uploads && _uploads.FirstOrDefault(other => other.Value.IsIdle) is { Value: not null } idle) _uploads.Remove(idle.Key);
            if (_uploads.Count >= Uploads) return null;
            return _uploads[key] = new UploadSession(StartWrite, (write, data) => WriteAloneAsync(write, data, CancellationToken.None), _longestPause, _time);
        }
    }

    /// <summary>Has all that was taken of uploads written: an image has no workers.</summary>
    private async Task CloseUploadsAsync(CancellationToken cancellationToken)
    {
        UploadSession[] sessions;
        lock (_gate) sessions = [.. _uploads.Values];
        foreach (var session in sessions) _ = await session.CloseAsync().WaitAsync(cancellationToken);
    }

    private async Task<Outcome<FileWritten>> UnpackAsync(
        FileWrite write, (string Path, string Upload) key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        UnpackSession? session;
        lock (_gate) session = _unpackings.GetValueOrDefault(key);
        if (write.Abandon)
        {
            session?.Dispose();
            return Refusal.Answer(new FileWritten { Offset = 0 });
        }

        if (session is null && write.Offset > 0) return Refusal.Answer<FileWritten>(FileErrors.NoSuchUpload());
        if (session is null)
        {
            var started = await StartWorkAsync(FileRequests.Of(write, UserOf(write.Root)), cancellationToken);
            if (started.Error is { } error) return Refusal.Answer<FileWritten>(error);
            session = new UnpackSession(started.Value!, _longestSilence, _time);
            if (!TryAdd(key, session))
            {
                session.Dispose();
                return Refusal.Answer<FileWritten>(Refusal.Limit($"{Unpackings} archives are being unpacked in the sandbox.") with { File = FileErrorKind.TooMany });
            }
        }

        try
        {
            return await session.TakeAsync(write, data, cancellationToken);
        }
        catch (LinkException)
        {
            return Refusal.Answer<FileWritten>(_suspended ? FileErrors.Interrupted() : await EndedUnderAsync());
        }
    }

    private bool TryAdd((string Path, string Upload) key, UnpackSession session)
    {
        lock (_gate)
        {
            // The answers of those that are over are kept as long as there is room.
            if (_unpackings.Count >= Unpackings && _unpackings.FirstOrDefault(other => other.Value.IsOver) is { Value: { } over } first)
            {
                over.Dispose();
                _unpackings.Remove(first.Key);
            }

            return _unpackings.Count < Unpackings && _unpackings.TryAdd(key, session);
        }
    }

    private FileWritten? Finished((string Path, string Upload) key)
    {
        lock (_gate) return _finished.GetValueOrDefault(key);
    }

    private void Remember((string Path, string Upload) key, FileWritten written)
    {
        lock (_gate)
        {
            if (!_finished.ContainsKey(key)) _finishedOrder.Enqueue(key);
            _finished[key] = written;
            if (_finishedOrder.Count > RememberedUploads) _finished.Remove(_finishedOrder.Dequeue());
        }
    }
}
