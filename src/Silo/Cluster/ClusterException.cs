namespace Sandbox.Silo.Cluster;

/// <summary>The settings of a cluster cannot be, or what they name cannot be used. The message names the remedy.</summary>
internal sealed class ClusterException(string message, Exception? inner = null) : Exception(message, inner);
