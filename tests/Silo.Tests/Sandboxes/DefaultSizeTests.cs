using Microsoft.Extensions.Configuration;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;

namespace Sandbox.Silo.Tests.Sandboxes;

public sealed class DefaultSizeTests
{
    [Fact]
    public void A_sandbox_of_no_size_in_particular_is_of_the_size_that_the_pool_keeps_ready()
    {
        var kept = new SandboxOptions { MemoryBytes = 300_000_000, DiskBytes = 50_000_000, Processes = 77 };
        Assert.Equal(kept.Size, Asked([], kept));
        Assert.Equal(new SandboxOptions().Size, Asked([], new SandboxOptions()));

        // A gateway that runs alone knows no host.
        Assert.Equal(new SandboxOptions().Size, SizeOf(new SandboxLimitsOptions()));
    }

    [Fact]
    public void What_the_operator_sets_is_as_he_sets_it()
    {
        var kept = new SandboxOptions { MemoryBytes = 300_000_000 };
        Assert.Equal(kept.Size with { Processes = 9 }, Asked(new() { ["DefaultProcesses"] = "9" }, kept));
    }

    private static SandboxSize Asked(Dictionary<string, string?> settings, SandboxOptions kept)
    {
        var configured = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var gateway = new SandboxLimitsOptions();
        configured.Bind(gateway);
        UsualSize.Apply(gateway, configured, kept);
        return SizeOf(gateway);
    }

    private static SandboxSize SizeOf(SandboxLimitsOptions asked) => new(asked.DefaultMemoryBytes, asked.DefaultDiskBytes, asked.DefaultProcesses);
}
