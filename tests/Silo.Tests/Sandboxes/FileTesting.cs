using System.Text;
using Sandbox.Grains.Files;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>What tests do with a sandbox's files again and again.</summary>
internal static class FileTesting
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    public static FileQuery Query(FileQueryKind kind, string path, string pattern = "") => new() { Kind = kind, Path = Bytes(path), Pattern = Bytes(pattern) };

    /// <summary>All items of a query but its end, which must be one.</summary>
    public static async Task<(List<FileItem> Items, FileEnd End)> AllAsync(this ILiveSandbox sandbox, FileQuery query)
    {
        var items = new List<FileItem>();
        await foreach (var item in sandbox.QueryFilesAsync(query, Test))
        {
            if (item is FileEnd end) return (items, end);
            Assert.True(item is not FileFailure, (item as FileFailure)?.Error.Message);
            items.Add(item);
        }

        throw new InvalidOperationException("A query without an end.");
    }

    public static async Task<string[]> PathsAsync(this ILiveSandbox sandbox, FileQuery query) =>
        [.. (await sandbox.AllAsync(query)).Items.OfType<FileFound>().Select(found => Text(found.Entry.Path)).Order(StringComparer.Ordinal)];

    public static async Task<byte[]> ReadFileAsync(this ILiveSandbox sandbox, string path, long offset = 0, long? length = null)
    {
        var (items, _) = await sandbox.AllAsync(Query(FileQueryKind.Read, path) with { Offset = offset, Length = length });
        return [.. items.OfType<FileData>().SelectMany(data => data.Data)];
    }

    public static async Task<FileEntry> StatAsync(this ILiveSandbox sandbox, string path)
    {
        var (items, _) = await sandbox.AllAsync(Query(FileQueryKind.List, path) with { Depth = 0 });
        return Assert.IsType<FileFound>(Assert.Single(items)).Entry;
    }

    /// <summary>Why a query fails.</summary>
    public static async Task<SandboxError> FailAsync(this ILiveSandbox sandbox, FileQuery query)
    {
        FileItem? last = null;
        await foreach (var item in sandbox.QueryFilesAsync(query, Test)) last = item;
        return Assert.IsType<FileFailure>(last).Error;
    }

    public static Task<SandboxError> FailToReadAsync(this ILiveSandbox sandbox, string path) => sandbox.FailAsync(Query(FileQueryKind.Read, path));

    public static async Task<FileWritten> PutAsync(this ILiveSandbox sandbox, FileWrite write, byte[] data)
    {
        var outcome = await sandbox.WriteFileAsync(write, data, Test);
        Assert.True(outcome.Succeeded, outcome.Error?.Message);
        return outcome.Value;
    }

    public static FileWrite Write(string path, string upload = "u1") => new() { Path = Bytes(path), Upload = upload, Finish = true };

    public static async Task<FileChanged> DoAsync(this ILiveSandbox sandbox, FileChange change)
    {
        var outcome = await sandbox.ChangeFilesAsync(change, Test);
        Assert.True(outcome.Succeeded, outcome.Error?.Message);
        return outcome.Value;
    }

    public static FileChange Change(FileChangeKind kind, string path, string? to = null) =>
        new() { Kind = kind, Path = Bytes(path), To = to is null ? null : Bytes(to) };

    public static async Task<FileErrorKind?> FailToDoAsync(this ILiveSandbox sandbox, FileChange change) =>
        (await sandbox.ChangeFilesAsync(change, Test)).Error?.File;

    /// <summary>Runs a script, which must succeed.</summary>
    public static async Task<string> RunAsync(this ILiveSandbox sandbox, string script)
    {
        var process = await sandbox.StartAsync(LiveTesting.Shell(Guid.NewGuid().ToString("n"), script));
        var text = await process.TextAsync();
        Assert.Equal(0, (await process.Ended).Code);
        return text;
    }
}
