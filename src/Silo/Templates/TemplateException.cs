namespace Sandbox.Silo.Templates;

/// <summary>A template cannot be built or found. The message says what to do.</summary>
internal sealed class TemplateException(string message, Exception? inner = null) : Exception(message, inner);
