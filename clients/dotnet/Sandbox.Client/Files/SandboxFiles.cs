using System.Runtime.CompilerServices;
using Sandboxes.Files;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>
/// The files of a sandbox. Errors have <see cref="SandboxException.File"/>, the word of docs/http.md. Content goes and comes over HTTP, a mebibyte at a time, so that no more
/// of it is ever held, and goes on by itself where a connection is lost.
/// </summary>
public sealed partial class SandboxFiles
{
    private const int MostTries = 10;
    private readonly HubLink _link;
    private readonly FileRequest _address;

    internal SandboxFiles(HubLink link, string id, string? token) => (_link, _address) = (link, new FileRequest(id, token));

    /// <summary>What is at a path; of a link, the link.</summary>
    /// <exception cref="NotFoundException">There is nothing.</exception>
    public async Task<FileEntry> StatAsync(string path, SandboxUser? user = null, CancellationToken cancellationToken = default)
    {
        var (items, _) = await QueryAsync(_address with { Query = "stat", Path = path, User = user }, cancellationToken);
        return items[0].Entry!;
    }

    /// <summary>Whether there is something at a path.</summary>
    public async Task<bool> ExistsAsync(string path, CancellationToken cancellationToken = default)
    {
        try
        {
            _ = await StatAsync(path, cancellationToken: cancellationToken);
            return true;
        }
        catch (NotFoundException e) when (e.File is "no_such_file")
        {
            return false;
        }
        catch (ConflictException e) when (e.File is "not_a_directory")
        {
            return false;
        }
    }

    /// <summary>Reads a file piece by piece. All of them are of one state of it: else it fails with <c>changed</c>.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string path, FileReadOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new FileReadOptions();
        var (offset, tag, backoff) = (options.Offset, options.Tag, new Backoff());
        long? end = options.Length is { } length ? offset + length : null;
        while (!(offset >= end))
        {
            var (download, failed) = await TryOpenAsync(path, options.User, offset, end, tag, last: backoff.Attempts >= MostTries, cancellationToken);
            using var answer = download;
            if (download is null && !failed) yield break;
            if (download is not null)
            {
                tag = download.Tag;
                var last = Math.Min(end ?? long.MaxValue, download.Size);
                if (offset >= last) options.Progress?.Invoke(new FileProgress(offset, download.Size));
                while (offset < last && await download.ReadAsync(cancellationToken) is { IsEmpty: false } piece)
                {
                    offset += piece.Length;
                    backoff.Reset();
                    options.Progress?.Invoke(new FileProgress(offset, download.Size));
                    yield return piece;
                }

                if (offset >= last) yield break;
            }

            if (backoff.Attempts >= MostTries) throw new UnavailableException(ErrorCode.Unavailable, "The file's bytes break off again and again.", retryAfter: null);

            // It broke off. The hub waits until the server is there again, or gives up.
            await Task.Delay(backoff.Next(), cancellationToken);
            _ = await StatAsync(path, options.User, cancellationToken);
        }
    }

    private async Task<(FileDownload? Download, bool Failed)> TryOpenAsync(
        string path, SandboxUser? user, long offset, long? end, string? tag, bool last, CancellationToken cancellationToken)
    {
        try
        {
            return (await FileDownload.OpenAsync(_link, Address("files", path, user), _address.Token, offset, end, tag, cancellationToken), false);
        }
        catch (UnavailableException) when (!last)
        {
            return (null, true);
        }
    }

    /// <summary>Reads a whole file into memory.</summary>
    public async Task<byte[]> ReadBytesAsync(string path, FileReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var bytes = new MemoryStream();
        await foreach (var piece in ReadAsync(path, options, cancellationToken)) bytes.Write(piece.Span);
        return bytes.ToArray();
    }

    /// <summary>Reads a whole file as UTF-8.</summary>
    public async Task<string> ReadTextAsync(string path, FileReadOptions? options = null, CancellationToken cancellationToken = default) =>
        System.Text.Encoding.UTF8.GetString(await ReadBytesAsync(path, options, cancellationToken));
}
