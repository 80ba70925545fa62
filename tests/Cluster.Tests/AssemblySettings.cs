using Sandbox.Cluster.Tests.Hosting;

// Each cluster is several servers with real containers.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
