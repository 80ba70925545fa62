using System.Buffers;
using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>
/// Output that has come and was not taken, in order of arrival over all channels. Its bound is the sum of the channels' windows, which
/// <see cref="ProcessState"/> checks before anything is added. A program that writes single bytes, to two channels in turn, costs 4 bytes
/// of memory for each byte of the window, not an object: small pieces lie in shared slabs as <c>u8 channel, u16 length, bytes</c>, and grow
/// while nobody takes them. Not thread-safe; its owner locks.
/// </summary>
internal sealed class OutputQueue
{
    /// <summary>A piece of this size has an array of its own, which is handed over as it is.</summary>
    private const int OwnArray = 2_048;
    private const int SlabBytes = 8_192;
    private const int RunHeader = 3;

    private readonly Queue<Slab> _slabs = new();
    private Slab? _last;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _slabs.Count == 0;

    /// <summary>Adds a copy of the bytes.</summary>
    public void Add(LinkChannel channel, ReadOnlySpan<byte> data)
    {
        if (data.Length >= OwnArray)
        {
            // Cheaper than a zeroed array; all of it is written over.
            var own = GC.AllocateUninitializedArray<byte>(data.Length);
            data.CopyTo(own);
            Append(new Slab(own) { Owner = channel, End = own.Length });
            return;
        }

        if (_last is not { Owner: null } || !_last.TryAdd(channel, data))
        {
            Append(new Slab(ArrayPool<byte>.Shared.Rent(SlabBytes)));
            _ = _last!.TryAdd(channel, data);
        }
    }

    /// <summary>Takes the oldest piece.</summary>
    /// <returns>False when nothing waits.</returns>
    public bool TryTake(out LinkChannel channel, out byte[] data)
    {
        channel = default;
        data = [];
        if (!_slabs.TryPeek(out var slab))
        {
            return false;
        }

        if (slab.Owner is { } owner)
        {
            (channel, data) = (owner, slab.Bytes);
            Remove();
            return true;
        }

        (channel, data) = slab.Take();
        if (slab.IsEmpty)
        {
            Remove();
            ArrayPool<byte>.Shared.Return(slab.Bytes);
        }

        return true;
    }

    /// <summary>A copy of everything of a channel that waits.</summary>
    public byte[] Peek(LinkChannel channel)
    {
        using var bytes = new MemoryStream();
        foreach (var slab in _slabs)
        {
            slab.CopyTo(channel, bytes);
        }

        return bytes.ToArray();
    }

    private void Append(Slab slab)
    {
        _slabs.Enqueue(slab);
        _last = slab;
    }

    private void Remove()
    {
        if (ReferenceEquals(_slabs.Dequeue(), _last))
        {
            _last = null;
        }
    }

    private sealed class Slab(byte[] bytes)
    {
        private int _start;
        private int _lastRun = -1;

        public byte[] Bytes { get; } = bytes;

        /// <summary>The channel when the whole array is one piece of it; null when the array holds runs.</summary>
        public LinkChannel? Owner { get; init; }

        public int End { get; set; }

        public bool IsEmpty => _start == End;

        public bool TryAdd(LinkChannel channel, ReadOnlySpan<byte> data)
        {
            // The last run grows unless it was taken. Slabs from the pool may be longer than asked: a run's length must still fit.
            if (_lastRun >= _start && Bytes[_lastRun] == (byte)channel && End + data.Length <= SlabBytes)
            {
                var length = BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(_lastRun + 1)) + data.Length;
                BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(_lastRun + 1), (ushort)length);
            }
            else if (End + RunHeader + data.Length <= SlabBytes)
            {
                _lastRun = End;
                Bytes[End] = (byte)channel;
                BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(End + 1), (ushort)data.Length);
                End += RunHeader;
            }
            else
            {
                return false;
            }

            data.CopyTo(Bytes.AsSpan(End));
            End += data.Length;
            return true;
        }

        public void CopyTo(LinkChannel channel, MemoryStream into)
        {
            if (Owner is { } owner)
            {
                if (owner == channel)
                {
                    into.Write(Bytes);
                }

                return;
            }

            for (var run = _start; run < End;)
            {
                var length = BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(run + 1));
                if (Bytes[run] == (byte)channel)
                {
                    into.Write(Bytes, run + RunHeader, length);
                }

                run += RunHeader + length;
            }
        }

        public (LinkChannel Channel, byte[] Data) Take()
        {
            var channel = (LinkChannel)Bytes[_start];
            var length = BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(_start + 1));
            var data = Bytes.AsSpan(_start + RunHeader, length).ToArray();
            _start += RunHeader + length;
            return (channel, data);
        }
    }
}
