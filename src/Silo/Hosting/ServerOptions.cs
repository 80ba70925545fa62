using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Hosting;

/// <summary>Where the server listens and keeps its data. At the top of the configuration: <c>--port</c>, <c>--data</c>.</summary>
public sealed class ServerOptions
{
    /// <summary>The TCP port on 127.0.0.1: 1 to 65535, or 0 for a free one.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; } = 8080;

    /// <summary>The data directory: root's alone, one server's at a time.</summary>
    [Required]
    public string Data { get; set; } = "/var/lib/sandbox";
}
