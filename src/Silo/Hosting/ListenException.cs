namespace Sandbox.Silo.Hosting;

/// <summary>The server must not, or cannot, listen where it was told to. The message names the remedy.</summary>
internal sealed class ListenException(string message) : Exception(message);
