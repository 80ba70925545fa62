namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>What was uploaded is no image that can become a snapshot. The message says why, and what to do.</summary>
internal sealed class OciImportException(string message, Exception? inner = null) : Exception(message, inner);
