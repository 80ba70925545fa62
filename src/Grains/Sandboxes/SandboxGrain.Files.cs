using System.Runtime.CompilerServices;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>Files. These calls run between each other's turns and write nothing to storage.</content>
internal sealed partial class SandboxGrain
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<FileItem> QueryFilesAsync(FileQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var began = false;
        for (var tries = 1; ; tries++)
        {
            var refusal = await WakeAsync() ?? Refusal(SandboxUse.Reach);
            if (refusal is not null && (tries == WakeTries || !SandboxLifecycle.IsAsleep(refusal.Status)))
            {
                yield return new FileFailure { Error = refusal };
                yield break;
            }

            if (refusal is not null) continue;
            var (live, asked) = (_live!, query);
            var fell = false;
            await foreach (var item in UntilEndingAsync(token => live.QueryFilesAsync(asked, token), cancellationToken))
            {
                // It was suspended under the query.
                fell = item is FileFailure { Error: { } error } && SandboxLifecycle.IsAsleep(error.Status);
                if (fell) break;
                _deadlines?.Touch();
                var known = item is FileFound && began && query.Kind is FileQueryKind.Read;
                if (item is FileFound { Entry: { } entry }) query = query with { Tag = entry.Tag };
                if (item is FileData data) query = After(query, data);
                began = true;
                tries = 1;
                if (!known) yield return item;
            }

            if (!fell) yield break;
            if (tries == WakeTries || (began && query.Kind is not FileQueryKind.Read))
            {
                yield return new FileFailure { Error = Interrupted() };
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<FileWritten>> WriteFileAsync(FileWrite write, byte[] data, CancellationToken cancellationToken = default) =>
        OnFilesAsync(live => live.WriteFileAsync(write, data, cancellationToken));

    /// <inheritdoc/>
    public Task<Outcome<FileChanged>> ChangeFilesAsync(FileChange change, CancellationToken cancellationToken = default) =>
        OnFilesAsync(live => live.ChangeFilesAsync(change, cancellationToken));

    private static FileQuery After(FileQuery query, FileData data) => query with
    {
        Offset = data.Offset + data.Data.Length,
        Length = query.Length - data.Data.Length,
    };

    private static SandboxError Interrupted() => new()
    {
        Code = SandboxErrorCode.Conflict,
        Message = "The sandbox was suspended in the middle of it. Ask again, which wakes it.",
        File = FileErrorKind.Interrupted,
    };

    private Task<Outcome<T>> OnFilesAsync<T>(Func<Hosting.ILiveSandbox, Task<Outcome<T>>> call)
        where T : class => AwakeAsync(async () =>
        {
            if (Refusal(SandboxUse.Reach) is { } error) return Failed<T>(error);
            _deadlines!.Touch();
            var outcome = await call(_live!);
            _deadlines?.Touch();
            return outcome;
        });
}
