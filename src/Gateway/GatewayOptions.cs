using Sandbox.Gateway.CloudRun;
using Sandbox.Gateway.Execute.Main;
using Sandbox.Gateway.Sandboxes;

namespace Sandbox.Gateway;

/// <summary>
/// What the gateway lets in, and how much one request may ask for. Bound from the configuration section <c>Gateway</c>
/// (<c>Gateway:MaxTimeoutSeconds</c>, or <c>Gateway__MaxTimeoutSeconds</c> in the environment) and checked at start.
/// </summary>
public sealed class GatewayOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway";

    /// <summary>Wall-clock seconds of a text execution that names no <c>timeout</c>. More than 0, at most <see cref="MaxTimeoutSeconds"/>.</summary>
    public double DefaultTimeoutSeconds { get; set; } = 60;

    /// <summary>The longest <c>timeout</c>, in seconds, that a text execution may ask for. 0.001 to 86,400.</summary>
    public double MaxTimeoutSeconds { get; set; } = 600;

    /// <summary>Bytes of a script sent as text/plain. 1 to 1,048,576 (one frame of the link must hold it).</summary>
    public int MaxScriptBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Bytes of stdout and stderr together that a text execution may write; one that writes more is ended. 1,024 to 1,099,511,627,776.
    /// </summary>
    public long MaxOutputBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Values of the <c>Host</c> header to answer to, beside <c>localhost</c>, <c>127.0.0.1</c> and <c>[::1]</c>: a name for any port, or
    /// <c>name:port</c>. Empty unless the gateway is reached by another name, since a page can point a name of its own at this machine.
    /// </summary>
    public string[] AllowedHosts { get; set; } = [];

    /// <summary>Origins of web pages that may call the gateway, such as <c>https://console.example.com</c>. Empty: none but its own.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>Seconds that running executions get to finish when the server stops; they are ended then. 0 to 600.</summary>
    public double ShutdownGraceSeconds { get; set; } = 5;

    /// <summary>Limits of sandboxes that stay.</summary>
    public SandboxLimitsOptions Sandboxes { get; set; } = new();

    /// <summary>What clients of Cloud Run Sandbox find here.</summary>
    public CloudRunOptions CloudRun { get; set; } = new();

    /// <summary>Limits of executions sent as JSON.</summary>
    public MainOptions Json { get; set; } = new();
}
