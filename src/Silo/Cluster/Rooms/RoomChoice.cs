namespace Sandbox.Silo.Cluster.Rooms;

/// <summary>Where a sandbox goes, by what is free on each host.</summary>
internal static class RoomChoice
{
    /// <summary>The host with the largest share free among those on which it fits; where it fits on none, among those that take sandboxes; else any.</summary>
    /// <param name="hosts">The hosts, and what each has, as far as it is known; a host of which nothing is known comes behind all others.</param>
    /// <param name="bytes">What the sandbox may take.</param>
    /// <param name="preferred">The host that is chosen where several have the same share; null for none.</param>
    public static string Best(IReadOnlyList<(string Host, HostRoom? Room)> hosts, long bytes, string? preferred)
    {
        if (hosts.Count == 0) throw new ArgumentException("There is no host.", nameof(hosts));
        return hosts.OrderByDescending(host => Rank(host.Room, bytes))
            .ThenByDescending(host => host.Room?.Share ?? 0)
            .ThenByDescending(host => string.Equals(host.Host, preferred, StringComparison.Ordinal))
            .First().Host;
    }

    /// <summary>Whether a sandbox is better off elsewhere: it does not fit here, and does on another host.</summary>
    public static bool IsElsewhere(HostRoom here, IEnumerable<HostRoom> others, long bytes) => !here.Fits(bytes) && others.Any(other => other.Fits(bytes));

    private static int Rank(HostRoom? room, long bytes) => room switch
    {
        null => 0,
        _ when room.Fits(bytes) => 3,
        { Takes: true } => 2,
        _ => 1,
    };
}
