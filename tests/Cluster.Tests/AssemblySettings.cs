using Sandbox.Cluster.Tests.Hosting;

// Each cluster is several servers with real containers, which mostly wait: for members that are gone to be counted out, and for leases.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
