namespace Sandbox.Silo.Tests.Output;

/// <summary>Bytes that say where they belong: the one at an offset follows from the offset alone, and no two pages look alike.</summary>
internal static class Pattern
{
    public static void Fill(Span<byte> data, long offset)
    {
        for (var i = 0; i < data.Length; i++) data[i] = At(offset + i);
    }

    public static byte[] Of(long offset, int count)
    {
        var data = new byte[count];
        Fill(data, offset);
        return data;
    }

    public static void AssertAt(long offset, ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length; i++)
        {
            if (data[i] != At(offset + i)) Assert.Fail($"The byte at {offset + i} is {data[i]}, not {At(offset + i)}.");
        }
    }

    private static byte At(long offset) => (byte)((ulong)offset * 0x9E3779B97F4A7C15 >> 53);
}
