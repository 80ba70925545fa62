using Sandbox.Gateway.Access;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Files;

/// <summary>The calls about a sandbox's files, the same for the hub and for <c>/v1</c>. They come behind <see cref="SandboxAccess"/>.</summary>
internal static class FileCalls
{
    public static async Task<FileAnswer> ChangeAsync(ISandboxGrain sandbox, FileChange change)
    {
        var changed = (await sandbox.ChangeFilesAsync(change)).ValueOrThrow();
        return new FileAnswer(changed.Entry is { } entry ? FileEntryView.Of(entry) : null);
    }

    public static async Task<FileEntry> StatAsync(ISandboxGrain sandbox, FileQuery query, CancellationToken cancellationToken)
    {
        await foreach (var item in FileSource.ReadAsync(sandbox, query, cancellationToken))
        {
            if (item is FileFound found) return found.Entry;
        }

        throw new CallException(new CallError(CallCode.Unavailable, "The sandbox did not say what is there."));
    }

    public static async Task<WrittenAnswer> WriteAsync(ISandboxGrain sandbox, FileWrite write, byte[] data) =>
        WrittenAnswer.Of((await sandbox.WriteFileAsync(write, data)).ValueOrThrow());

    /// <summary>At most <see cref="FileRequests.MostBytes"/> of a file.</summary>
    public static async Task<FileBytesAnswer> ReadAsync(ISandboxGrain sandbox, FileQuery query, CancellationToken cancellationToken)
    {
        var most = Math.Min(query.Length ?? FileRequests.MostBytes, FileRequests.MostBytes);
        FileEntryView? entry = null;
        using var bytes = new MemoryStream();
        await foreach (var item in FileSource.ReadAsync(sandbox, query with { Length = most }, cancellationToken))
        {
            if (item is FileFound found) entry = FileEntryView.Of(found.Entry);
            if (item is FileData data) bytes.Write(data.Data);
        }

        return new FileBytesAnswer(entry!, query.Offset, bytes.ToArray());
    }
}
