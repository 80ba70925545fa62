namespace Sandbox.Silo.Output;

/// <summary>
/// A run of bytes in memory, addressed by offset: written at its end, released at its beginning. It takes memory in pages as bytes come, the
/// first of them small, and gives it back as they leave; a few pages are kept for the next bytes. Pages are never shared between buffers, so
/// that no mistake can show one sandbox's bytes to another. Not thread-safe; the slices of bytes that are not released stay what they are.
/// </summary>
internal sealed class PagedBuffer
{
    /// <summary>Bytes of a full page: small enough to stay out of the large object heap.</summary>
    public const int PageBytes = 16 * 1024;

    private const int SmallestPage = 256;
    private const int SparesKept = 4;
    private readonly Stack<byte[]> _spares = new(0);
    private readonly long _origin;
    private readonly int _capacity;
    private byte[]?[] _pages = [];
    private long _start;
    private long _end;

    /// <param name="origin">The first byte's offset.</param>
    /// <param name="capacity">Bytes that may be held at once.</param>
    public PagedBuffer(long origin, int capacity)
    {
        _origin = _start = _end = origin;
        _capacity = capacity;
    }

    /// <summary>Bytes of memory that it takes, beside some for the table.</summary>
    public int Allocated => _pages.Sum(page => page?.Length ?? 0) + _spares.Sum(page => page.Length);

    /// <summary>Adds bytes at the end; the caller keeps to the capacity.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (data.Length > _capacity - (_end - _start)) throw new ArgumentOutOfRangeException(nameof(data), "More bytes than there is room for.");
        while (!data.IsEmpty)
        {
            var (page, at) = Find(_end);
            var count = Math.Min(data.Length, PageBytes - at);
            data[..count].CopyTo(Page(page, at + count).AsSpan(at));
            data = data[count..];
            _end += count;
        }
    }

    /// <summary>Copies bytes out, from an offset that is held.</summary>
    public void CopyTo(long offset, Span<byte> destination)
    {
        Check(offset, destination.Length);
        while (!destination.IsEmpty)
        {
            var (page, at) = Find(offset);
            var count = Math.Min(destination.Length, PageBytes - at);
            _pages[page].AsSpan(at, count).CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>The bytes in place, a slice for each page.</summary>
    public ReadOnlyMemory<byte>[] Slice(long offset, int length)
    {
        Check(offset, length);
        var slices = new List<ReadOnlyMemory<byte>>((length / PageBytes) + 2);
        while (length > 0)
        {
            var (page, at) = Find(offset);
            var count = Math.Min(length, PageBytes - at);
            slices.Add(_pages[page].AsMemory(at, count));
            length -= count;
            offset += count;
        }

        return [.. slices];
    }

    /// <summary>Lets go of every byte before an offset.</summary>
    public void Release(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _end);
        for (; _start < offset; _start = Math.Min(offset, _start + PageBytes - Find(_start).At))
        {
            var (page, at) = Find(_start);
            if (offset - _start < PageBytes - at || _pages[page] is not { } passed) continue;
            _pages[page] = null;
            if (passed.Length == PageBytes && _spares.Count < SparesKept) _spares.Push(passed);
        }
    }

    /// <summary>Gives back all memory that the bytes do not need: no more will come.</summary>
    public void Trim()
    {
        _spares.Clear();
        _spares.TrimExcess();
        if (_start == _end)
        {
            _pages = [];
            return;
        }

        var (page, at) = Find(_end - 1);
        Array.Resize(ref _pages[page], at + 1);
    }

    private (int Page, int At) Find(long offset)
    {
        // A window that begins within a page ends within one more.
        if (_pages.Length == 0) _pages = new byte[(_capacity / PageBytes) + 2][];
        var relative = offset - _origin;
        return ((int)(relative / PageBytes % _pages.Length), (int)(relative % PageBytes));
    }

    private byte[] Page(int index, int needed)
    {
        ref var page = ref _pages[index];
        if (page is null)
        {
            page = _spares.TryPop(out var spare) ? spare : new byte[Size(needed)];
        }
        else if (page.Length < needed)
        {
            // Who holds a slice of the smaller array goes on reading the same bytes there.
            Array.Resize(ref page, Size(needed));
        }

        return page;
    }

    private static int Size(int needed) => Math.Min(PageBytes, Math.Max(SmallestPage, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed)));

    private void Check(long offset, int length)
    {
        if (offset < _start || offset + length > _end)
            throw new ArgumentOutOfRangeException(nameof(offset), $"[{offset}, {offset + length}) is not within [{_start}, {_end}).");
    }
}
