using System.Runtime.CompilerServices;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Files;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

// Files: each operation is a worker's. One that goes on at a checkpoint stands still for it; with a sandbox that is suspended it ends.
internal sealed partial class LiveSandbox
{
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

            // What came before the lease ran out may have waited here since.
            if (!_hold.IsHeld && !_suspended) (item, last) = (new FileFailure { Error = Removing ? await EndedUnderAsync() : Refusal.NotHeld() }, true);
            yield return item;
            if (last) yield break;
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

    private static SandboxError TooManyWorkers() => FileErrors.Of(new WorkEnd(11, Killed: false, []))!;

    private uint UserOf(bool? root) => root ?? _spec.Root ? 0u : Languages.Guest.UserId;

    private async Task<SandboxError> EndedUnderAsync() => _suspended ? Refusal.Suspended() : Refusal.Gone(await Ended);
}
