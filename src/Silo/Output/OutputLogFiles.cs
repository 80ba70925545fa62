using Sandbox.Grains.Processes;

namespace Sandbox.Silo.Output;

/// <summary>
/// An output log as files, for a checkpoint: one for each <see cref="PieceBytes"/> of offsets, so that a piece that is full is the same file, to the byte, in
/// every checkpoint that has it. Nobody appends meanwhile.
/// </summary>
internal static class OutputLogFiles
{
    /// <summary>Bytes of a full piece.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Writes what a log holds.</summary>
    /// <param name="log">The log.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="name">The beginning of the files' names.</param>
    /// <param name="cancellationToken">Gives up; files may be left.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public static async Task<OutputLogImage> SaveAsync(OutputLog log, string directory, string name, CancellationToken cancellationToken)
    {
        var (start, end, ended) = log.Extent;
        var pieces = new List<string>();
        FileStream? piece = null;
        try
        {
            await foreach (var item in log.ReadAsync(new OutputCursor(null, start), follow: false, cancellationToken))
            {
                if (item is OutputGap gap)
                {
                    // What the disk has lost, and all before it: a log is one run of bytes.
                    start = gap.To;
                    pieces.Clear();
                    if (piece is not null) await piece.DisposeAsync();
                    piece = null;
                }
                else if (item is OutputData data)
                {
                    for (var done = 0; done < data.Data.Length;)
                    {
                        var offset = data.Offset + done;
                        if (piece is null || offset % PieceBytes == 0)
                        {
                            if (piece is not null) await piece.DisposeAsync();
                            pieces.Add($"{name}-{offset / PieceBytes}");
                            piece = new FileStream(Path.Combine(directory, pieces[^1]), FileMode.Create, FileAccess.Write);
                        }

                        var count = (int)Math.Min(data.Data.Length - done, PieceBytes - (offset % PieceBytes));
                        await piece.WriteAsync(data.Data.AsMemory(done, count), cancellationToken);
                        done += count;
                    }
                }
            }
        }
        finally
        {
            if (piece is not null) await piece.DisposeAsync();
        }

        return new OutputLogImage { Start = start, End = end, Ended = ended, Acknowledged = log.Acknowledged, Pieces = pieces };
    }

    /// <summary>Fills a new log, which begins at the image's <see cref="OutputLogImage.Start"/>, with what was written.</summary>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static async Task RestoreAsync(OutputLogImage image, OutputLog log, string directory, CancellationToken cancellationToken)
    {
        var buffer = new byte[OutputLog.ChunkBytes];
        foreach (var name in image.Pieces)
        {
            await using var piece = File.OpenRead(Path.Combine(directory, name));
            for (int count; (count = await piece.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                // Where its process blocks on a full log, as much as fits was written.
                await log.AppendAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }

        if (log.Offset != image.End) throw new IOException($"The pieces of a log end at {log.Offset} and not at {image.End}.");
        log.Acknowledge(image.Acknowledged);
        if (image.Ended) log.Complete();
    }
}

/// <summary>What a checkpoint says of an output log.</summary>
internal sealed record OutputLogImage
{
    /// <summary>The first byte that it holds.</summary>
    public required long Start { get; init; }

    /// <summary>The offset behind the last.</summary>
    public required long End { get; init; }

    /// <summary>Whether nothing more will come.</summary>
    public bool Ended { get; init; }

    /// <summary>Every byte before it has reached a reader.</summary>
    public long Acknowledged { get; init; }

    /// <summary>The names of its files, in order.</summary>
    public required IReadOnlyList<string> Pieces { get; init; }
}
