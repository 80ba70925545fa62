using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Snapshots.Oci;

namespace Sandbox.Silo.Snapshots;

/// <summary>The snapshots as grains ask for them.</summary>
internal sealed class StoredSnapshots(ISandboxMachine machine, IBlobStore blobs, SnapshotUploads uploads, OciImages images) : ISnapshotStore
{
    private const int Piece = 256 * 1024;

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> DescribeAsync(string key, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        var (owner, name) = Parse(key);
        return await machine.Snapshots.FindAsync(owner, name, cancellationToken) is var (record, _)
            ? Refusal.Answer(record)
            : SnapshotStore.Missing<SnapshotRecord>(name);
    });

    /// <inheritdoc/>
    public Task<SnapshotPage> ListAsync(string owner, string? after, int limit, Dictionary<string, string> labels, CancellationToken cancellationToken) =>
        machine.Snapshots.ListAsync(owner, after, limit, labels, cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> LabelAsync(string key, Dictionary<string, string> labels, CancellationToken cancellationToken) =>
        AnswerAsync(() => machine.Snapshots.LabelAsync(Parse(key).Owner, Parse(key).Name, labels, cancellationToken));

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> RenameAsync(string key, string to, CancellationToken cancellationToken) =>
        AnswerAsync(() => machine.Snapshots.RenameAsync(Parse(key).Owner, Parse(key).Name, to, cancellationToken));

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> DeleteAsync(string key, bool cascade, CancellationToken cancellationToken) =>
        AnswerAsync(() => machine.Snapshots.DeleteAsync(Parse(key).Owner, Parse(key).Name, cascade, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<byte[]> ExportAsync(string key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (owner, name) = Parse(key);
        var (record, _) = await machine.Snapshots.FindAsync(owner, name, cancellationToken) ?? throw new InvalidOperationException($"There is no snapshot '{name}' any more.");
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4 * Piece, resumeWriterThreshold: 2 * Piece, useSynchronizationContext: false));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = Task.Run(() => WriteAsync(record, pipe.Writer, stop.Token), CancellationToken.None);
        try
        {
            while (true)
            {
                var read = await pipe.Reader.ReadAtLeastAsync(Piece, cancellationToken);
                var piece = read.Buffer.Slice(0, Math.Min(Piece, read.Buffer.Length));
                if (piece.Length > 0) yield return piece.ToArray();
                pipe.Reader.AdvanceTo(piece.End);
                if (read.IsCompleted && read.Buffer.Length == piece.Length) break;
            }

            await writing;
        }
        finally
        {
            await stop.CancelAsync();
            await pipe.Reader.CompleteAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<SnapshotImport>> WriteImportAsync(string key, string importId, long offset, byte[] data)
    {
        try
        {
            return Task.FromResult(uploads.Write(machine.Data, key, importId, offset, data));
        }
        catch (IOException e)
        {
            return Task.FromResult(Refusal.Answer<SnapshotImport>(Refusal.Unavailable($"The upload cannot be kept: {e.Message}")));
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> ImportAsync(string key, string importId, SnapshotOptions options, CancellationToken cancellationToken) =>
        uploads.UseAsync(key, importId, path => AnswerAsync(() => images.AddAsync(Parse(key).Owner, Parse(key).Name, path, options, template: false, cancellationToken)));

    private static (string Owner, string Name) Parse(string key) => SandboxKey.Parse(key) is var parsed ? (parsed.Owner, parsed.Id) : default;

    private static async Task<Outcome<SnapshotDescription>> AnswerAsync(Func<Task<Outcome<SnapshotRecord>>> call)
    {
        try
        {
            var outcome = await call();
            return outcome.Succeeded ? Refusal.Answer(outcome.Value.Describe()) : Refusal.Answer<SnapshotDescription>(outcome.Error);
        }
        catch (Exception e) when (e is OciImportException or LayerException { IsDamage: false })
        {
            return Refusal.Answer<SnapshotDescription>(Refusal.Invalid(e.Message));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or LayerException)
        {
            return Refusal.Answer<SnapshotDescription>(Refusal.Unavailable($"The store or the disk fails: {e.Message}"));
        }
    }

    private async Task WriteAsync(SnapshotRecord record, PipeWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            await OciExport.WriteAsync(record, blobs, writer.AsStream(leaveOpen: true), cancellationToken);
            await writer.CompleteAsync();
        }
        catch (Exception e)
        {
            await writer.CompleteAsync(e);
        }
    }
}
