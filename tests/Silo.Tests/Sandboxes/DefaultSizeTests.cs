using Sandbox.Gateway.Sandboxes;
using Sandbox.Silo.Executions;

namespace Sandbox.Silo.Tests.Sandboxes;

public sealed class DefaultSizeTests
{
    [Fact]
    public void A_sandbox_of_no_size_in_particular_is_of_the_size_that_the_pool_keeps_ready()
    {
        var (asked, kept) = (new SandboxLimitsOptions(), new SandboxOptions().Size);
        Assert.Equal(kept, new SandboxSize(asked.DefaultMemoryBytes, asked.DefaultDiskBytes, asked.DefaultProcesses));
    }
}
