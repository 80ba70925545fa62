using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>How Cloud Storage is reached, where <c>--blobs</c> names a bucket (<c>gs://BUCKET</c>). Section <c>Gcs</c>.</summary>
public sealed class GcsOptions : IValidatableObject
{
    /// <summary>Where the JSON API is: <c>https://HOST</c>, for private endpoints and emulators.</summary>
    [Required]
    public string Endpoint { get; set; } = "https://storage.googleapis.com";

    /// <summary>Whose access is used, unless <see cref="KeyFile"/> names a key.</summary>
    public GcsCredentials Credentials { get; set; } = GcsCredentials.Default;

    /// <summary>A service account's key file (JSON). Read at start.</summary>
    public string? KeyFile { get; set; }

    /// <summary>How long one request may take before it is taken for lost: 1 second to 10 minutes. A request carries up to 8 MiB.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long what may pass (408, 429, 5xx, a broken connection) is tried again without any progress: 0 to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("https" or "http") || endpoint.AbsolutePath != "/" || endpoint.Query != "")
        {
            yield return new ValidationResult($"Gcs:Endpoint ('{Endpoint}') must be https://HOST or http://HOST, without a path.", [nameof(Endpoint)]);
        }
        else if (endpoint.Scheme == "http" && !endpoint.IsLoopback && Credentials != GcsCredentials.None)
        {
            yield return new ValidationResult("Gcs:Endpoint must be https: by http everyone on the way could read the access token.", [nameof(Endpoint)]);
        }

        if (KeyFile is not null && Credentials != GcsCredentials.Default)
        {
            yield return new ValidationResult($"Gcs:KeyFile and Gcs:Credentials {Credentials} exclude each other.", [nameof(KeyFile)]);
        }
    }
}
