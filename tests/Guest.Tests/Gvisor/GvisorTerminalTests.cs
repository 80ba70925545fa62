using Sandbox.Guest.Tests.Agent;
using Sandbox.Guest.Tests.Terminals;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Terminals in gVisor.</summary>
public sealed class GvisorTerminalTests(GuestBinaries binaries) : TerminalScenarios
{
    private protected override Task<AgentSession> StartAsync() => RunscAgent.StartAsync(binaries);
}
