namespace Sandbox.Silo.Pool;

/// <summary>A sandbox could not be started. The message says why and what to do.</summary>
internal sealed class SandboxStartException(string message, Exception? inner = null) : Exception(message, inner);
