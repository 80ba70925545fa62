using Sandbox.Silo.Tests.Sandboxes;

namespace Sandbox.Silo.Tests.Containers;

/// <summary>Tests that start containers: one at a time, since they look at what is left on the machine and at how long things take.</summary>
[CollectionDefinition("runsc")]
public sealed class RunscCollection : ICollectionFixture<TestBinaries>, ICollectionFixture<LiveTemplate>;
