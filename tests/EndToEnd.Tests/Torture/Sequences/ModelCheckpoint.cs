using System.Collections.Immutable;

namespace Sandbox.EndToEnd.Tests.Torture.Sequences;

/// <summary>What a checkpoint must hold.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Parent">What the sandbox had gone on from.</param>
/// <param name="Processes">The processes, by id.</param>
internal sealed record ModelCheckpoint(string Id, string? Parent, ImmutableDictionary<string, ModelProcess> Processes);
