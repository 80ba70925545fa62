using Sandbox.Guest.Tests.Agent;

[assembly: AssemblyFixture(typeof(GuestBinaries))]
