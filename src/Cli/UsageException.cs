namespace Sandboxes.Cli;

/// <summary>What was asked for cannot be: the message says what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
