using System.Formats.Tar;
using System.IO.Pipelines;

namespace Sandboxes.Files;

/// <summary>A directory of this machine as a tar archive, made as it is read, with links as links.</summary>
internal static class DirectoryPacking
{
    private static readonly PipeOptions s_ahead = new(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, useSynchronizationContext: false);

    /// <summary>Packs while somebody reads.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="read">Reads the archive; when it is done nothing is packed any more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task PackAsync(string directory, Func<Stream, Task> read, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no directory '{directory}'.");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new Pipe(s_ahead);
        var packing = WriteAsync(directory, pipe.Writer, stop.Token);
        try
        {
            await using var archive = pipe.Reader.AsStream();
            await read(archive);
        }
        finally
        {
            await stop.CancelAsync();
            await packing;
        }
    }

    private static async Task WriteAsync(string directory, PipeWriter pipe, CancellationToken cancellationToken)
    {
        try
        {
            await using (var stream = pipe.AsStream(leaveOpen: true))
                await TarFile.CreateFromDirectoryAsync(directory, stream, includeBaseDirectory: false, cancellationToken);
            await pipe.CompleteAsync();
        }
        catch (Exception e)
        {
            // Whoever reads the archive is told.
            await pipe.CompleteAsync(e);
        }
    }
}
