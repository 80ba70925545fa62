namespace Sandbox.EndToEnd.Tests;

/// <summary>Tests that time what they see, or fill the machine: each of them has it for itself. The others start servers of their own, and mostly wait.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class OneAtATime;
