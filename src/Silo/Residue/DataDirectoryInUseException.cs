namespace Sandbox.Silo.Residue;

/// <summary>A second server was started on a data directory. The message names the first.</summary>
internal sealed class DataDirectoryInUseException(string message, Exception innerException) : Exception(message, innerException);
