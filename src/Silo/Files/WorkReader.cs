using System.Buffers.Binary;

namespace Sandbox.Silo.Files;

/// <summary>What a worker writes, read in records of which each says how long it is. Holds one record and one piece at most.</summary>
internal sealed class WorkReader(IAsyncEnumerable<byte[]> output, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<byte[]> _output = output.GetAsyncEnumerator(cancellationToken);
    private ReadOnlyMemory<byte> _piece;

    /// <summary>The next bytes, however many came together, or empty at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAnyAsync()
    {
        if (_piece.IsEmpty && !await _output.MoveNextAsync()) return default;
        var piece = _piece.IsEmpty ? _output.Current : _piece;
        _piece = default;
        return piece;
    }

    /// <summary>Exactly so many bytes, or null when there are none or too few.</summary>
    public async ValueTask<byte[]?> ReadAsync(int length)
    {
        var bytes = new byte[length];
        for (var filled = 0; filled < length;)
        {
            var piece = await ReadAnyAsync();
            if (piece.IsEmpty) return null;
            var step = Math.Min(piece.Length, length - filled);
            piece[..step].CopyTo(bytes.AsMemory(filled));
            _piece = piece[step..];
            filled += step;
        }

        return bytes;
    }

    /// <summary>A record: a head of so many bytes, in which two u16 say how long the parts behind it are.</summary>
    /// <param name="head">The head's size.</param>
    /// <param name="first">Where in it the first part's length is.</param>
    /// <param name="second">Where the second's is, or null where there is one part only.</param>
    public async ValueTask<(byte[] Head, byte[] First, byte[] Second)?> ReadRecordAsync(int head, int first, int? second)
    {
        if (await ReadAsync(head) is not { } bytes) return null;
        var firstLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(first));
        var secondLength = second is { } at ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at)) : 0;
        return await ReadAsync(firstLength) is { } one && await ReadAsync(secondLength) is { } two ? (bytes, one, two) : null;
    }

    public ValueTask DisposeAsync() => _output.DisposeAsync();
}
