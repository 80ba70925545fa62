using Sandbox.Silo.Tests.Containers;

namespace Sandbox.Silo.Tests;

/// <summary>Tests that count what the whole process has, such as memory or descriptors: nothing else runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection : ICollectionFixture<TestBinaries>;
