using System.ComponentModel.DataAnnotations;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Hosting;

/// <summary>Where the server listens and keeps its data. At the top of the configuration: <c>--port</c>, <c>--listen</c>, <c>--data</c>.</summary>
public sealed class ServerOptions : IValidatableObject
{
    /// <summary>The TCP port: 1 to 65535, or 0 for a free one.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; } = 8080;

    /// <summary>The address to listen on: an IP address of this machine. Beside the loopback it needs a way in (section <c>Access</c>).</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>From which level on the server's own lines are printed: <c>Trace</c>, <c>Debug</c>, <c>Information</c>, <c>Warning</c>, <c>Error</c>, <c>Critical</c>, <c>None</c>.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>The data directory: root's alone, one server's at a time.</summary>
    [Required]
    public string Data { get; set; } = "/var/lib/sandbox";

    /// <summary>
    /// Where blobs are kept, which servers may share (section <c>Holding</c>): a directory of a local file system, or <c>gs://BUCKET</c> or
    /// <c>gs://BUCKET/PREFIX</c> in Cloud Storage (section <c>Gcs</c>): <c>--blobs</c>. Without it the data directory's.
    /// </summary>
    public string? Blobs { get; set; }

    /// <summary>How the server writes its log: lines for a person, or a JSON object a line: <c>--logs text</c> or <c>--logs json</c>.</summary>
    public LogFormat Logs { get; set; } = LogFormat.Text;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Blobs is not null && BlobLocation.Parse(Blobs) is null)
        {
            yield return new ValidationResult($"--blobs '{Blobs}' must be a directory, gs://BUCKET or gs://BUCKET/PREFIX. A bucket's name has 3 to 222 of a-z 0-9 - _ . in it.", [nameof(Blobs)]);
        }
    }
}
