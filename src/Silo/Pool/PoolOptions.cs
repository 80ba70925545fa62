using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Pool;

/// <summary>How many sandboxes a host keeps ready, starts at once and runs at most. Section <c>Pool</c>.</summary>
public sealed class PoolOptions
{
    /// <summary>Sandboxes kept started and ready, 0 to 64. Each costs about 30 MB while it waits.</summary>
    [Range(0, 64)]
    public int Size { get; set; } = 2;

    /// <summary>
    /// Containers kept created beside them, 0 to 64, for sandboxes of the usual size that wake: each spares one of them the 100 ms that creating costs.
    /// Each costs about 10 MB while it waits, counts as a sandbox, and goes first where room is short.
    /// </summary>
    [Range(0, 64)]
    public int Created { get; set; } = 1;

    /// <summary>
    /// Snapshots used or made here last for which a sandbox of the usual size is kept started, 0 to 64, and where <see cref="Created"/> is above 0 a container created:
    /// so a new one costs no more than one of the template. Each costs about 40 MB, counts as two sandboxes, and goes first where room is short.
    /// </summary>
    [Range(0, 64)]
    public int Snapshots { get; set; } = 2;

    /// <summary>
    /// Start states used last for which a sandbox of the usual size is kept that has begun, 0 to 64. Each costs what its programs take (85 MB with pandas), counts as a
    /// sandbox, and goes first where room is short.
    /// </summary>
    [Range(0, 64)]
    public int Starts { get; set; } = 1;

    /// <summary>
    /// Sandboxes being started at the same time, 1 to 64. A start is processor-bound for nine tenths of its time: a half more than the
    /// processors keeps them busy, and more only makes each start slower.
    /// </summary>
    [Range(1, 64)]
    public int StartsAtOnce { get; set; } = Math.Clamp(Environment.ProcessorCount * 3 / 2, 1, 64);

    /// <summary>Sandboxes alive on this host at most, whether starting, ready, in use or being removed: 1 to 4,096.</summary>
    [Range(1, 4096)]
    public int MaxSandboxes { get; set; } = 64;

    /// <summary>How long a request waits for a sandbox before it is refused as overload: 0 to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests that wait at most; a further one is refused at once. 0 to 100,000.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 1000;
}
