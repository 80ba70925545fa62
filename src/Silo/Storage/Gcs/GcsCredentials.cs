namespace Sandbox.Silo.Storage.Gcs;

/// <summary>Where the access to Cloud Storage comes from.</summary>
public enum GcsCredentials
{
    /// <summary>
    /// Application Default Credentials: the file that <c>GOOGLE_APPLICATION_CREDENTIALS</c> names (a key, or workload identity federation), what
    /// <c>gcloud auth application-default login</c> left, or the metadata server.
    /// </summary>
    Default,

    /// <summary>The metadata server of the machine, whatever files there are.</summary>
    MetadataServer,

    /// <summary>None: for emulators.</summary>
    None,
}
