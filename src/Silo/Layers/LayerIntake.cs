using System.IO.Pipelines;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Layers;

/// <summary>
/// Takes the tar of a layer from somebody who is not trusted: it is checked, or unpacked, while it comes, and written as it came, so that its diff id stays
/// what it was. One writer at a time.
/// </summary>
internal sealed class LayerIntake : IAsyncDisposable
{
    private const int Ahead = 1 << 20;

    private readonly LayerWriter _writer;
    private readonly LayerUse? _below;
    private readonly Func<int, bool>? _mayWrite;
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: Ahead, resumeWriterThreshold: Ahead / 2, useSynchronizationContext: false));
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _checking;
    private WorkInProgress? _unpacked;
    private bool _isWhole = true;

    /// <summary>Begins one.</summary>
    /// <param name="data">Where it is made.</param>
    /// <param name="limits">How much it may be.</param>
    /// <param name="below">What it is unpacked over meanwhile, which is disposed of with this; null: it is only looked at.</param>
    /// <param name="mayWrite">Asked before so many bytes are unpacked: once it says no, it is only looked at too. Null: always.</param>
    public LayerIntake(DataDirectory data, LayerLimits limits, LayerUse? below = null, Func<int, bool>? mayWrite = null)
    {
        (_below, _mayWrite) = (below, mayWrite);
        _writer = new LayerWriter(data);
        _unpacked = below is null ? null : WorkInProgress.Begin(data.Layers);
        _checking = Task.Factory.StartNew(() => Check(limits), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="LayerException">A layer may not be so.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if ((await _pipe.Writer.WriteAsync(bytes, cancellationToken)).IsCompleted) await _checking;
        _writer.Tar.Write(bytes.Span);
    }

    /// <summary>Ends the layer. Call it once.</summary>
    /// <param name="owner">Whose it is to be.</param>
    /// <exception cref="LayerException">A layer may not be so.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task<LayerDescriptor> FinishAsync(string owner)
    {
        await _pipe.Writer.CompleteAsync();
        await _checking;
        return _writer.Finish(owner);
    }

    /// <summary>Opens the finished blob, until this is disposed.</summary>
    public Stream Open() => _writer.Open();

    /// <summary>What the finished layer was unpacked into, which is the caller's now; null where it was only looked at.</summary>
    public WorkInProgress? TakeUnpacked()
    {
        if (!_isWhole) return null;
        var unpacked = _unpacked;
        _unpacked = null;
        return unpacked;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pipe.Writer.CompleteAsync(new OperationCanceledException());
        await _checking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        using (_below)
        {
            // It may be a million files; and where the disk is full, ending the blob fails too.
            await Task.Run(() =>
            {
                using (_unpacked) _writer.Dispose();
            });
        }
    }

    private void Check(LayerLimits limits)
    {
        try
        {
            using var tar = _pipe.Reader.AsStream(leaveOpen: true);
            if (_unpacked is null)
            {
                LayerCheck.Read(tar, limits, _stop.Token);
                return;
            }

            LayerUnpacker.MakeRoot(_unpacked.Path);
            using var unpacker = new LayerUnpacker(_unpacked.Path, _below!.Directories, limits, _mayWrite);
            unpacker.Unpack(tar, _stop.Token);
            _isWhole = unpacker.IsWhole;
        }
        finally
        {
            _pipe.Reader.Complete();
        }
    }
}
