namespace Sandbox.Silo.Templates.Building;

/// <summary>A command of a build.</summary>
/// <param name="Shown">What people are told that it is.</param>
/// <param name="Arguments">argv.</param>
/// <param name="Root">Whether root runs it.</param>
internal sealed record BuildCommand(string Shown, IReadOnlyList<string> Arguments, bool Root = true);
