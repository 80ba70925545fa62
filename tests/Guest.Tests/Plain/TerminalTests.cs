using Sandbox.Guest.Tests.Agent;
using Sandbox.Guest.Tests.Terminals;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>Terminals on this machine's own kernel, with the sanitizers watching.</summary>
public sealed class TerminalTests(GuestBinaries binaries) : TerminalScenarios
{
    private protected override Task<AgentSession> StartAsync() => PlainAgent.StartAsync(binaries);
}
