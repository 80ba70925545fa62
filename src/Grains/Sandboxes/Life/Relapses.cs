namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// What becomes of a sandbox that ends by itself soon after it has gone on from a checkpoint, and again each time: such as one whose programs need more memory
/// than it has. It must rest between the tries, longer each time, and is given up in the end.
/// </summary>
internal static class Relapses
{
    /// <summary>How many in a row are enough.</summary>
    public const int Most = 6;

    /// <summary>What ran for so long has not relapsed.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>How many there are now.</summary>
    /// <param name="before">How many there were.</param>
    /// <param name="ran">How long it ran.</param>
    public static int Count(int before, TimeSpan ran) => ran < Soon ? before + 1 : 0;

    /// <summary>How long it must rest after the last of so many: 1, 2, 4, 8, 16 s. Not after the first, which may have been an accident.</summary>
    public static TimeSpan Rest(int relapses) => relapses < 2 ? TimeSpan.Zero : TimeSpan.FromSeconds(1 << Math.Min(relapses - 2, 10));
}
