using System.Diagnostics;

namespace Sandbox.Bench;

/// <summary>A program that writes much, in pieces of one size.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">What it writes.</param>
/// <param name="Program">Its arguments.</param>
internal sealed record Flood(string Name, long Bytes, string[] Program)
{
    public static Flood[] All(long megabytes) =>
    [
        new("`head -c`, 8 KB a write", megabytes * 1_000_000, ["/usr/bin/head", "-c", $"{megabytes * 1_000_000}", "/dev/zero"]),
        new("Python, 64 KB a write", megabytes * 1_000_000, ["/usr/bin/python3", "-c", Python(megabytes * 1_000_000, 64_000)]),
        new("Python, 1 MB a write", megabytes * 1_000_000, ["/usr/bin/python3", "-c", Python(megabytes * 1_000_000, 1_000_000)]),
    ];

    /// <summary>Reads to the end, and checks that nothing is missing.</summary>
    /// <returns>Megabytes a second, from the first byte on.</returns>
    public async Task<double> DrainAsync(Stream output)
    {
        var buffer = new byte[256 << 10];
        long total = await output.ReadAsync(buffer);
        var (began, first) = (Stopwatch.GetTimestamp(), total);
        while (await output.ReadAsync(buffer) is > 0 and var read) total += read;
        if (total != Bytes) throw new InvalidOperationException($"{Name}: {total} bytes came instead of {Bytes}.");
        return (total - first) / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e6;
    }

    private static string Python(long bytes, int piece) =>
        $"import os\npiece = memoryview(bytes({piece}))\nfor _ in range({bytes / piece}):\n    left = piece\n    while left: left = left[os.write(1, left):]";
}
