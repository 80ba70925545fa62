namespace Sandbox.Silo.Templates;

/// <summary>A user of a template.</summary>
internal sealed record TemplateUser(string Name, uint Id, string Home, string Shell);
