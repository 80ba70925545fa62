namespace Sandbox.Gateway.Execute.Main;

/// <summary>
/// Limits of <c>POST /execute</c> with a JSON body (<c>Gateway:Json</c>). The defaults are those of the services that it is compatible with.
/// </summary>
public sealed class MainOptions
{
    /// <summary>Bytes of the request's body, escapes included. 1,024 to 67,108,864.</summary>
    public int MaxBodyBytes { get; set; } = 2 << 20;

    /// <summary>Bytes of the script as UTF-8. 1 to 1,048,576.</summary>
    public int MaxScriptBytes { get; set; } = 50 << 10;

    /// <summary>Wall-clock seconds when the request names no <c>timeout</c>. More than 0, at most <see cref="MaxTimeoutSeconds"/>.</summary>
    public double DefaultTimeoutSeconds { get; set; } = 15;

    /// <summary>The longest <c>timeout</c>, in seconds, that a request may ask for. 0.001 to 86,400.</summary>
    public double MaxTimeoutSeconds { get; set; } = 60;

    /// <summary>Processor seconds of the program and its children. 0.1 to 86,400.</summary>
    public double CpuSeconds { get; set; } = 10;

    /// <summary>Bytes of one file that the program writes. 0 to 1,099,511,627,776.</summary>
    public long MaxFileBytes { get; set; } = 1 << 20;

    /// <summary>Bytes of stdout and stderr together. The answer holds them, so they are kept in memory. 1,024 to 67,108,864.</summary>
    public int MaxOutputBytes { get; set; } = 1 << 20;

    /// <summary>Bytes of the result as JSON. 64 to 67,108,864.</summary>
    public int MaxResultBytes { get; set; } = 1 << 20;

    /// <summary>Arrays and objects inside one another in the result. 1 to 1,000.</summary>
    public int MaxResultDepth { get; set; } = 64;

    /// <summary>Bytes of all arguments and environment variables together. 0 to 524,288.</summary>
    public int MaxArgumentBytes { get; set; } = 128 << 10;

    /// <summary>Bytes of the standard input. 0 to 67,108,864, and never more than the body may have.</summary>
    public int MaxStdinBytes { get; set; } = 1 << 20;
}
