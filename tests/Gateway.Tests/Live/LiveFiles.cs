using System.Runtime.CompilerServices;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Live;

/// <summary>The files of a sandbox without a container: a flat table of them, which is enough for what is above.</summary>
internal sealed class LiveFiles
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _parts = new(StringComparer.Ordinal);

    /// <summary>Uploads that were begun and neither ended nor thrown away.</summary>
    public int Parts
    {
        get
        {
            lock (_gate) return _parts.Count;
        }
    }

    public FileWrite? LastWrite { get; private set; }

    public FileChange? LastChange { get; private set; }

    public async IAsyncEnumerable<FileItem> QueryAsync(FileQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        byte[]? bytes;
        lock (_gate) bytes = _files.GetValueOrDefault(Key(query.Path));
        if (query.Kind is FileQueryKind.List or FileQueryKind.Glob or FileQueryKind.Watch && query.Depth > 0)
        {
            string[] names;
            lock (_gate) names = [.. _files.Keys.Order(StringComparer.Ordinal)];
            foreach (var name in names.Take(query.Most)) yield return new FileFound { Entry = Entry(Convert.FromHexString(name)) };
            yield return new FileEnd { Cut = names.Length > query.Most };
            yield break;
        }

        if (bytes is null)
        {
            yield return new FileFailure { Error = Error(SandboxErrorCode.NotFound, FileErrorKind.NoSuchFile) };
            yield break;
        }

        if (query.Tag is { } tag && tag != Entry(query.Path).Tag)
        {
            yield return new FileFailure { Error = Error(SandboxErrorCode.Conflict, FileErrorKind.Changed) };
            yield break;
        }

        yield return new FileFound { Entry = Entry(query.Path) };
        if (query.Kind is not FileQueryKind.List)
        {
            var end = Math.Min(bytes.Length, query.Offset + (query.Length ?? long.MaxValue / 2));
            for (var at = query.Offset; at < end; at += 50_000)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new FileData { Offset = at, Data = bytes[(int)at..(int)Math.Min(end, at + 50_000)] };
            }
        }

        yield return new FileEnd();
    }

    public Outcome<FileWritten> Write(FileWrite write, ReadOnlyMemory<byte> data)
    {
        lock (_gate)
        {
            LastWrite = write;
            var key = $"{Key(write.Path)} {write.Upload}";
            if (write.Abandon)
            {
                _parts.Remove(key);
                return new Outcome<FileWritten> { Value = new FileWritten { Offset = 0 } };
            }

            var before = _parts.GetValueOrDefault(key, []);
            var offset = write.Offset ?? before.Length;
            if (offset > before.Length)
                return new Outcome<FileWritten> { Error = Error(SandboxErrorCode.Conflict, FileErrorKind.OtherOffset) with { Expected = before.Length } };
            byte[] all = [.. before[..(int)offset], .. data.Span];
            _parts[key] = all;
            if (!write.Finish) return new Outcome<FileWritten> { Value = new FileWritten { Offset = all.Length } };
            _parts.Remove(key);
            _files[Key(write.Path)] = all;
            return new Outcome<FileWritten> { Value = new FileWritten { Offset = all.Length, Entry = Entry(write.Path), Entries = write.Unpack ? 1 : null } };
        }
    }

    public Outcome<FileChanged> Change(FileChange change)
    {
        LastChange = change;
        lock (_gate) _files.Remove(Key(change.Path));
        return new Outcome<FileChanged> { Value = new FileChanged() };
    }

    private FileEntry Entry(byte[] path)
    {
        lock (_gate)
        {
            var bytes = _files[Key(path)];
            return new FileEntry
            {
                Path = path,
                Type = FileType.File,
                Mode = 0x1a4,
                Uid = 1000,
                Gid = 1000,
                Size = bytes.Length,
                Modified = DateTimeOffset.UnixEpoch,
                Tag = $"{bytes.Length}-{bytes.Sum(value => (long)value)}",
            };
        }
    }

    private static string Key(byte[] path) => Convert.ToHexString(path);

    private static SandboxError Error(SandboxErrorCode code, FileErrorKind kind) => new() { Code = code, Message = $"{kind}", File = kind };
}
