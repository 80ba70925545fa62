using Microsoft.Extensions.Options;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Snapshots;

/// <summary>What is being uploaded to become snapshots: a file each, bounded in number, length and time. Thread-safe.</summary>
internal sealed class SnapshotUploads(IOptions<LayerOptions> options, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, string Import), Upload> _uploads = [];

    /// <summary>Takes the next bytes of an upload; those at 0 begin it.</summary>
    /// <param name="data">Where it is kept.</param>
    /// <param name="key">The snapshot's key.</param>
    /// <param name="import">The caller's name for it.</param>
    /// <param name="offset">Where the bytes belong.</param>
    /// <param name="bytes">The bytes.</param>
    public Outcome<SnapshotImport> Write(DataDirectory data, string key, string import, long offset, byte[] bytes)
    {
        lock (_gate)
        {
            RemoveIdle();
            if (!_uploads.TryGetValue((key, import), out var upload))
            {
                if (offset != 0) return Refusal.Answer<SnapshotImport>(Unknown() with { Expected = 0 });
                if (_uploads.Count >= options.Value.MostImports)
                    return Refusal.Answer<SnapshotImport>(new SandboxError { Code = SandboxErrorCode.Overloaded, Message = $"{_uploads.Count} uploads are going on. Try again later." });
                upload = _uploads[(key, import)] = new Upload(data);
            }

            upload.Touched = time.GetTimestamp();
            if (offset > upload.File.Length || upload.InUse)
                return Refusal.Answer<SnapshotImport>(Refusal.Conflict($"Offset {offset} is not {upload.File.Length}, up to which the upload is here: go on from there.") with { Expected = upload.File.Length });
            // A piece that is sent again says nothing new.
            var known = (int)Math.Min(upload.File.Length - offset, bytes.Length);
            if (upload.File.Length + bytes.Length - known > options.Value.MostImportBytes)
                return Refusal.Answer<SnapshotImport>(Refusal.Limit($"An upload here may have {options.Value.MostImportBytes} bytes at most."));
            upload.File.Write(bytes.AsSpan(known));
            return Refusal.Answer(new SnapshotImport { Bytes = upload.File.Length });
        }
    }

    /// <summary>Uses what was uploaded, and removes it, whatever comes of it.</summary>
    public async Task<Outcome<T>> UseAsync<T>(string key, string import, Func<string, Task<Outcome<T>>> use)
        where T : class
    {
        Upload? upload;
        lock (_gate)
        {
            if (!_uploads.TryGetValue((key, import), out upload) || upload.InUse) return Refusal.Answer<T>(Unknown());
            upload.InUse = true;
            upload.File.Flush();
        }

        try
        {
            return await use(upload.File.Name);
        }
        finally
        {
            lock (_gate) _uploads.Remove((key, import));
            upload.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var upload in _uploads.Values) upload.Dispose();
            _uploads.Clear();
        }
    }

    private static SandboxError Unknown() => Refusal.Conflict("There is no such upload, or no longer: begin again.");

    private void RemoveIdle()
    {
        foreach (var (id, upload) in _uploads.Where(pair => !pair.Value.InUse && time.GetElapsedTime(pair.Value.Touched) > options.Value.ImportIdle).ToList())
        {
            _uploads.Remove(id);
            upload.Dispose();
        }
    }

    private sealed class Upload : IDisposable
    {
        private readonly WorkInProgress _work;

        public Upload(DataDirectory data)
        {
            _work = WorkInProgress.Begin(data.Temporary);
            File = new FileStream(_work.Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 18);
        }

        public FileStream File { get; }

        public long Touched { get; set; }

        public bool InUse { get; set; }

        public void Dispose()
        {
            File.Dispose();
            _work.Dispose();
        }
    }
}
