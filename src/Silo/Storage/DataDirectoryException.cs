namespace Sandbox.Silo.Storage;

/// <summary>The data directory cannot be used. The message says why and what to do.</summary>
internal sealed class DataDirectoryException(string message, Exception? inner = null) : Exception(message, inner);
