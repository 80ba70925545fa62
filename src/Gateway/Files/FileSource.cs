using System.Runtime.CompilerServices;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Files;

/// <summary>
/// A query's items up to the end. A grain ends an enumeration that nobody has moved for a while, and when its activation or its host ends: a reading goes on
/// at its offset then, as long as the file is the same. Everything else goes on only where it has not begun.
/// </summary>
internal static class FileSource
{
    /// <summary>Items that come in one message at most: 256 KiB of a file.</summary>
    private const int ItemsAtOnce = 4;

    /// <summary>Reads. The last item is a <see cref="FileEnd"/>.</summary>
    /// <exception cref="CallException">It cannot be read, or not any more.</exception>
    public static async IAsyncEnumerable<FileItem> ReadAsync(ISandboxGrain sandbox, FileQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var began = false;
        var interruptions = new Interruptions();
        while (true)
        {
            var refused = false;
            await using var items = sandbox.QueryFilesAsync(query, cancellationToken).WithBatchSize(ItemsAtOnce).GetAsyncEnumerator(cancellationToken);
            while (await MoveAsync(items, interruptions))
            {
                var item = items.Current;
                if (item is FileFailure failure)
                {
                    // Who has nothing yet is told at once what is the matter.
                    refused = (began || failure.Error.Code is SandboxErrorCode.Moved) && interruptions.PutUpWith(failure.Error);
                    if (refused) break;
                    throw new CallException(CallError.Of(failure.Error));
                }

                interruptions.Over();
                var known = began && item is FileFound;
                if (query.Kind is FileQueryKind.Read)
                {
                    if (item is FileFound { Entry: { } entry }) query = query with { Tag = entry.Tag };
                    if (item is FileData data) query = query with { Offset = data.Offset + data.Data.Length, Length = query.Length - data.Data.Length };
                }

                began = true;
                if (!known || query.Kind is not FileQueryKind.Read) yield return item;
                if (item is FileEnd) yield break;
            }

            // A watch that has told nothing may have missed something.
            if (began ? query.Kind is not FileQueryKind.Read : query.Kind is FileQueryKind.Watch && !refused) throw new CallException(Interrupted());
            await interruptions.PauseAsync(cancellationToken);
        }
    }

    private static CallError Interrupted() =>
        new(CallCode.Conflict, "The sandbox went to another host in the middle of it. Ask again.") { File = FileNames.Of(FileErrorKind.Interrupted) };

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<FileItem> items, Interruptions interruptions)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (interruptions.PutUpWith(e))
        {
            return false;
        }
    }
}
