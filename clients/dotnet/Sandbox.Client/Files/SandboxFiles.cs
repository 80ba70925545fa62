using System.Runtime.CompilerServices;
using Sandboxes.Files;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>
/// The files of a sandbox. Errors have <see cref="SandboxException.File"/>, the word of docs/http.md. Content goes a mebibyte at a time and comes over HTTP, so that no more
/// of it is ever held, and goes on by itself where a connection is lost.
/// </summary>
public sealed partial class SandboxFiles
{
    private const int PartBytes = 1 << 20;
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

    /// <summary>Writes a file, which appears whole when its last part has come; until then the path has what it had.</summary>
    public async Task<FileEntry> WriteAsync(string path, Stream content, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new FileWriteOptions();
        return (await SendAsync(Written(path, options) with { Upload = options.Upload ?? RandomId.New() }, content, options, cancellationToken)).Entry!;
    }

    /// <summary>
    /// Unpacks a tar archive into a directory, which is made where it is missing, as the archive comes. Nothing of it is setuid, and names that lead out of
    /// the directory are refused as <c>bad_archive</c>.
    /// </summary>
    public async Task UnpackAsync(string path, Stream archive, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new FileWriteOptions();
        await SendAsync(Written(path, options) with { Upload = RandomId.New(), Unpack = true }, archive, options, cancellationToken);
    }

    private async Task<WrittenAnswer> SendAsync(FileRequest request, Stream content, FileWriteOptions options, CancellationToken cancellationToken)
    {
        long? total = content.CanSeek ? content.Length - content.Position + options.Offset : null;
        var offset = options.Offset;
        while (true)
        {
            var part = new byte[PartBytes];
            var length = await content.ReadAtLeastAsync(part, PartBytes, throwOnEndOfStream: false, cancellationToken);
            var last = length < PartBytes;
            var answer = await _link.CallAsync<WrittenAnswer>(
                "WriteFile", request with { Offset = offset, Data = part.AsMemory(0, length), Finish = last }, Repeat.Safe, cancellationToken);
            offset += length;
            options.Progress?.Invoke(new FileProgress(offset, total));
            if (last) return answer;
        }
    }

    /// <summary>Writes bytes as a file.</summary>
    public Task<FileEntry> WriteAsync(string path, byte[] content, FileWriteOptions? options = null, CancellationToken cancellationToken = default) =>
        WriteAsync(path, new MemoryStream(content, writable: false), options, cancellationToken);

    /// <summary>Writes text as a file, as UTF-8.</summary>
    public Task<FileEntry> WriteAsync(string path, string content, FileWriteOptions? options = null, CancellationToken cancellationToken = default) =>
        WriteAsync(path, System.Text.Encoding.UTF8.GetBytes(content), options, cancellationToken);

    /// <summary>Throws an upload away that is not to be gone on with.</summary>
    public Task AbandonAsync(string path, string upload, CancellationToken cancellationToken = default) => _link.CallAsync<WrittenAnswer>(
        "WriteFile", _address with { Path = path, Upload = upload, Offset = 0, Data = Array.Empty<byte>(), Abandon = true }, Repeat.Safe, cancellationToken);

    /// <summary>
    /// Appends bytes to a file, once: where the answer is lost, the file's length tells whether it happened. Only for one writer at a time.
    /// </summary>
    public async Task<FileEntry> AppendAsync(string path, byte[] content, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new FileWriteOptions();
        var offset = await ExistsAsync(path, cancellationToken) ? (await StatAsync(path, options.User, cancellationToken)).Size : 0;
        for (var at = 0; ; at += PartBytes)
        {
            var part = content.AsMemory(at, Math.Min(PartBytes, content.Length - at));
            var repeated = false;
            try
            {
                var request = Written(path, options) with { Append = true, Offset = offset, Data = part };
                var answer = await _link.CallAsync<WrittenAnswer>("WriteFile", request, Repeat.Safe, cancellationToken, onRepeat: () => repeated = true);
                offset += part.Length;
                if (at + PartBytes >= content.Length) return answer.Entry!;
            }
            catch (ConflictException e) when (repeated && e.File is "other_offset" && e.Expected == offset + part.Length)
            {
                offset += part.Length;
                if (at + PartBytes >= content.Length) return await StatAsync(path, options.User, cancellationToken);
            }
        }
    }

    private FileRequest Written(string path, FileWriteOptions options) => _address with
    {
        Path = path,
        Mode = options.Mode,
        Uid = options.Uid,
        Gid = options.Gid,
        Parents = options.Parents,
        KeepExisting = options.KeepExisting,
        User = options.User,
    };
}
