using System.Globalization;
using System.Text;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>What is sent, part by part: each is answered, and one that comes twice is taken once.</content>
public sealed partial class SandboxFiles
{
    private const int PartBytes = 1 << 20;

    /// <summary>Writes a file, which appears whole when its last part has come; until then the path has what it had.</summary>
    public async Task<FileEntry> WriteAsync(string path, Stream content, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new FileWriteOptions();
        return (await SendAsync(PartAddress(path, options), content, options, cancellationToken)).Entry!;
    }

    /// <summary>
    /// Unpacks a tar archive into a directory, which is made where it is missing, as the archive comes. Nothing of it is setuid, and names that lead out of
    /// the directory are refused as <c>bad_archive</c>.
    /// </summary>
    public async Task UnpackAsync(string path, Stream archive, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new FileWriteOptions();
        await SendAsync(PartAddress(path, options) + "&unpack=true", archive, options with { Upload = null, Offset = 0 }, cancellationToken);
    }

    private async Task<WrittenAnswer> SendAsync(string address, Stream content, FileWriteOptions options, CancellationToken cancellationToken)
    {
        var upload = options.Upload ?? RandomId.New();
        long? total = content.CanSeek ? content.Length - content.Position + options.Offset : null;
        var offset = options.Offset;
        var part = new byte[PartBytes];
        while (true)
        {
            var length = await content.ReadAtLeastAsync(part, PartBytes, throwOnEndOfStream: false, cancellationToken);
            var last = length < PartBytes;
            var query = string.Create(CultureInfo.InvariantCulture, $"&upload={Uri.EscapeDataString(upload)}&offset={offset}{(last ? "&finish=true" : "")}");
            var answer = await SendPartAsync(address + query, part.AsMemory(0, length), cancellationToken);
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
        WriteAsync(path, Encoding.UTF8.GetBytes(content), options, cancellationToken);

    /// <summary>Throws an upload away that is not to be gone on with.</summary>
    public Task AbandonAsync(string path, string upload, CancellationToken cancellationToken = default) =>
        SendPartAsync($"{Address("files", path, user: null)}&upload={Uri.EscapeDataString(upload)}&offset=0&abandon=true", default, cancellationToken);

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
                var address = string.Create(CultureInfo.InvariantCulture, $"{PartAddress(path, options)}&append=true&offset={offset}");
                var answer = await SendPartAsync(address, part, cancellationToken, onRepeat: () => repeated = true);
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

    private Task<WrittenAnswer> SendPartAsync(string address, ReadOnlyMemory<byte> part, CancellationToken cancellationToken, Action? onRepeat = null) =>
        _link.SendPartAsync<WrittenAnswer>(HttpMethod.Patch, address, part, _address.Token, onRepeat, cancellationToken);

    private string PartAddress(string path, FileWriteOptions options)
    {
        var address = new StringBuilder(Address("files", path, options.User));
        if (options.Mode is { } mode) address.Append("&mode=").Append(Uri.EscapeDataString(mode));
        if (options.Uid is { } uid) address.Append(CultureInfo.InvariantCulture, $"&uid={uid}");
        if (options.Gid is { } gid) address.Append(CultureInfo.InvariantCulture, $"&gid={gid}");
        if (options.Parents) address.Append("&parents=true");
        if (options.KeepExisting) address.Append("&keepExisting=true");
        return address.ToString();
    }
}
