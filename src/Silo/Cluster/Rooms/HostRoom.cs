namespace Sandbox.Silo.Cluster.Rooms;

/// <summary>What a host has, and what of it is free for sandboxes, at one moment.</summary>
[GenerateSerializer, Immutable, Alias("host-room")]
public sealed record HostRoom
{
    private const double PlentyAt = 4;

    /// <summary>Whether it can start sandboxes.</summary>
    [Id(0)] public required bool Ready { get; init; }

    /// <summary>Sandboxes that it may have at once.</summary>
    [Id(1)] public required int Slots { get; init; }

    /// <summary>How many more it may have. What it keeps ready makes room, and counts as free.</summary>
    [Id(2)] public required int FreeSlots { get; init; }

    /// <summary>Its memory, in bytes.</summary>
    [Id(3)] public required long Memory { get; init; }

    /// <summary>Memory that nothing uses, in bytes.</summary>
    [Id(4)] public required long FreeMemory { get; init; }

    /// <summary>The disk that its data directory lies on, in bytes.</summary>
    [Id(5)] public required long Disk { get; init; }

    /// <summary>What is free there, in bytes.</summary>
    [Id(6)] public required long FreeDisk { get; init; }

    /// <summary>Whether it is going down, and lets its sandboxes go.</summary>
    [Id(7)] public bool Drains { get; init; }

    /// <summary>Whether it takes sandboxes at all.</summary>
    public bool Takes => Ready && !Drains;

    /// <summary>Whether a sandbox fits.</summary>
    /// <param name="bytes">What it may take at most: in memory while it runs, on the disk when it is put to storage.</param>
    public bool Fits(long bytes) => Takes && FreeSlots > 0 && FreeMemory >= bytes && FreeDisk >= bytes;

    /// <summary>
    /// How much of it is free, by what is scarcest: 1 at most, and below 0 where more was placed than there is room for. Slots say what was promised; memory and disk, which others use too and which change all the time, count
    /// once less than a quarter of them is free.
    /// </summary>
    public double Share => Math.Min(1, new[] { Part(FreeSlots, Slots), PlentyAt * Part(FreeMemory, Memory), PlentyAt * Part(FreeDisk, Disk) }.Min());

    /// <summary>What is left when so many sandboxes have been added.</summary>
    public HostRoom With(int sandboxes, long bytesEach) => this with { FreeSlots = FreeSlots - sandboxes, FreeMemory = FreeMemory - (sandboxes * bytesEach) };

    private static double Part(double free, double all) => all > 0 ? free / all : 0;
}
