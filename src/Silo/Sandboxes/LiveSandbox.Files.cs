using System.Runtime.CompilerServices;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Files;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

// Files: each operation is a worker's. One that goes on at a checkpoint stands still for it; with a sandbox that is suspended it ends.
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
    public async IAsyncEnumerable<FileItem> QueryFilesAsync(FileQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Refuse(query) is { } refused)
        {
            yield return new FileFailure { Error = refused };
            yield break;
        }

        var started = await StartWorkAsync(FileRequests.Of(query, UserOf(query.Root)), cancellationToken);
        if (started.Error is { } error)
        {
            yield return new FileFailure { Error = error };
            yield break;
        }

        using var work = started.Value!;
        await using var items = FileItems.ReadAsync(query, work, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var (item, last) = await NextAsync(query, items, work);
            yield return item;
            if (last) yield break;
        }
    }

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

    /// <inheritdoc/>
    public async Task<Outcome<FileChanged>> ChangeFilesAsync(FileChange change, CancellationToken cancellationToken)
    {
        var refused = FileRequests.Refuse(change.Path) ?? (change.Kind is FileChangeKind.Rename or FileChangeKind.Copy ? FileRequests.Refuse(change.To) : null);
        if (refused is not null) return Refusal.Answer<FileChanged>(FileErrors.BadRequest(refused));
        var started = await StartWorkAsync(FileRequests.Of(change, UserOf(change.Root)), cancellationToken);
        if (started.Error is { } error) return Refusal.Answer<FileChanged>(error);
        using var work = started.Value!;
        try
        {
            var end = await work.Done.WaitAsync(cancellationToken);
            if (FileErrors.Of(end) is { } failure) return Refusal.Answer<FileChanged>(failure);
            var entry = end.Result.Length == EntryRecord.Size ? EntryRecord.Read(end.Result, change.To ?? change.Path) : null;
            return Refusal.Answer(new FileChanged { Entry = entry });
        }
        catch (LinkException)
        {
            return Refusal.Answer<FileChanged>(_suspended ? FileErrors.Interrupted() : await EndedUnderAsync());
        }
    }

    private static SandboxError? Refuse(FileQuery query) =>
        FileRequests.Refuse(query.Path) is { } bad ? FileErrors.BadRequest(bad)
        : query.Offset < 0 || query.Length < 0 || query.Depth < 0 ? FileErrors.BadRequest("Offsets, lengths and depths are not negative.")
        : query.Most is < 1 or > FileQuery.MostFound ? FileErrors.BadRequest($"A query answers 1 to {FileQuery.MostFound} entries or lines.")
        : query.Pattern.Length > FileRequests.MostPath || query.Pattern.Contains((byte)0) ? FileErrors.BadRequest($"A pattern has at most {FileRequests.MostPath} bytes and no NUL.")
        : null;

    /// <summary>The next item, and whether it is the last.</summary>
    private async Task<(FileItem Item, bool Last)> NextAsync(FileQuery query, IAsyncEnumerator<FileItem> items, GuestWork work)
    {
        try
        {
            if (!await items.MoveNextAsync())
            {
                var end = await work.Done;
                return FileErrors.Of(end) is { } error
                    ? (new FileFailure { Error = error }, true)
                    : (new FileEnd { Cut = end.Result is [1] }, true);
            }

            return items.Current is FileFound { Entry: { } entry } && query is { Kind: FileQueryKind.Read, Tag: { } tag } && !string.Equals(tag, entry.Tag, StringComparison.Ordinal)
                ? (new FileFailure { Error = FileErrors.Changed() }, true)
                : (items.Current, false);
        }
        catch (LinkException)
        {
            return (new FileFailure { Error = await EndedUnderAsync() }, true);
        }
    }

    /// <summary>An operation comes in behind a checkpoint that is being taken, so that it never begins in the middle of one.</summary>
    private async Task<(GuestWork? Value, SandboxError? Error)> StartWorkAsync(WorkRequest request, CancellationToken cancellationToken)
    {
        if (!await Gate.EnterAsync(cancellationToken)) return (null, Refusal.Suspended());
        try
        {
            if (Refuse() is { } refusal) return (null, refusal);
            return _sandbox.Link.StartWork(request) is { } work ? (work, null) : (null, TooManyWorkers());
        }
        catch (LinkException)
        {
            return (null, await EndedUnderAsync());
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

    private static SandboxError TooManyWorkers() => FileErrors.Of(new WorkEnd(11, Killed: false, []))!;

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

    private uint UserOf(bool? root) => root ?? _spec.Root ? 0u : Languages.Guest.UserId;

    private async Task<SandboxError> EndedUnderAsync() => _suspended ? Refusal.Suspended() : Refusal.Gone(await Ended);
}
