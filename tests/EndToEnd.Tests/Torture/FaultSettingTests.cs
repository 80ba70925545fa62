using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>Faults on demand are nothing for operators.</summary>
public sealed class FaultSettingTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_server_that_is_to_fail_on_demand_does_not_start_outside_of_Development()
    {
        // Written otherwise than the test server knows it, which would make its environment Development.
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => SandboxServer.StartAsync("--faults:control", "/nowhere"));
        Assert.Contains("sandbox: a setting is not valid: Faults:", refused.Message, StringComparison.Ordinal);
    }
}
