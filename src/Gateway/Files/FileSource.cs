using System.Runtime.CompilerServices;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Files;

/// <summary>
/// A query's items up to the end. A grain ends an enumeration that nobody has moved for a while, and when its activation ends: a reading goes on at its
/// offset then, as long as the file is the same.
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
        while (true)
        {
            await using var items = sandbox.QueryFilesAsync(query, cancellationToken).WithBatchSize(ItemsAtOnce).GetAsyncEnumerator(cancellationToken);
            while (await MoveAsync(items))
            {
                var item = items.Current;
                if (item is FileFailure failure) throw new CallException(CallError.Of(failure.Error));
                var known = began && item is FileFound;
                if (query.Kind is FileQueryKind.Read)
                {
                    if (item is FileFound { Entry: { } entry }) query = query with { Tag = entry.Tag };
                    if (item is FileData data) query = query with { Offset = data.Offset + data.Data.Length, Length = query.Length - data.Data.Length };
                }

                began = began || query.Kind is FileQueryKind.Read;
                if (!known) yield return item;
                if (item is FileEnd) yield break;
            }

            if (query.Kind is not FileQueryKind.Read) throw new CallException(Interrupted());
        }
    }

    private static CallError Interrupted() =>
        new(CallCode.Conflict, "The sandbox went to another host in the middle of it. Ask again.") { File = FileNames.Of(FileErrorKind.Interrupted) };

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<FileItem> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (EnumerationAbortedException)
        {
            return false;
        }
    }
}
