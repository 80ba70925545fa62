namespace Sandbox.Gateway.Sandboxes;

/// <summary>
/// How much one sandbox may be asked to be, and what it is when its creator does not say. Part of <see cref="GatewayOptions"/>: section
/// <c>Gateway:Sandboxes</c>. Memory and files of all sandboxes together are the host's to give.
/// </summary>
public sealed class SandboxLimitsOptions
{
    /// <summary>
    /// Memory of a sandbox's programs in bytes where none is asked for. 67,108,864 to <see cref="MaxMemoryBytes"/>. What hosts keep ready is of their
    /// <c>Sandbox:MemoryBytes</c>, and a sandbox of any other size starts from nothing: a server that is host and gateway in one takes it from there.
    /// </summary>
    public long DefaultMemoryBytes { get; set; } = 700_000_000;

    /// <summary>The most that may be asked for. 67,108,864 to 1,099,511,627,776.</summary>
    public long MaxMemoryBytes { get; set; } = 4L << 30;

    /// <summary>Bytes that a sandbox's files may take where none are asked for; they live in memory. 1,048,576 to <see cref="MaxDiskBytes"/>.</summary>
    public long DefaultDiskBytes { get; set; } = 256L << 20;

    /// <summary>The most that may be asked for. 1,048,576 to 1,099,511,627,776.</summary>
    public long MaxDiskBytes { get; set; } = 4L << 30;

    /// <summary>Processes and threads of one user where none are asked for. 8 to <see cref="MaxProcesses"/>.</summary>
    public int DefaultProcesses { get; set; } = 256;

    /// <summary>The most that may be asked for. 8 to 32,768.</summary>
    public int MaxProcesses { get; set; } = 4096;

    /// <summary>Seconds without activity until a sandbox ends, where none are asked for. 1 to <see cref="MaxIdleTimeoutSeconds"/>.</summary>
    public double DefaultIdleTimeoutSeconds { get; set; } = 300;

    /// <summary>The most that may be asked for. 1 to 31,536,000.</summary>
    public double MaxIdleTimeoutSeconds { get; set; } = 86_400;

    /// <summary>Whether <c>keepAlive</c> may be asked for.</summary>
    public bool AllowKeepAlive { get; set; } = true;

    /// <summary>
    /// The longest <c>lifetime</c> in seconds, which is also that of a sandbox that asks for none. 1 to 31,536,000; null: a sandbox may live for ever.
    /// </summary>
    public double? MaxLifetimeSeconds { get; set; }

    /// <summary>The least <c>checkpointInterval</c> that may be asked for, in seconds: a checkpoint keeps a processor busy and fills the store. 1 to 86,400.</summary>
    public double MinCheckpointIntervalSeconds { get; set; } = 30;

    /// <summary>Bytes of all environment variables of a sandbox, and of a program's arguments and variables together. 0 to 524,288.</summary>
    public int MaxEnvironmentBytes { get; set; } = 128 << 10;
}
