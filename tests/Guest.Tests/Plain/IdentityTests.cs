using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>/run/sandbox and the hostname: what tells a copy from its original.</summary>
public sealed class IdentityTests(GuestBinaries binaries)
{
    private const string Tell = "hostname; cat /run/sandbox/id /run/sandbox/generation; stat -c '%a %u' /run/sandbox /run/sandbox/*; ls -A /run/sandbox | wc -l";

    [Fact(Timeout = 60_000)]
    public async Task A_copy_is_told_its_name_and_an_original_keeps_its_own()
    {
        await using var agent = await PlainAgent.StartAsync(binaries, new Configuration { Generation = "g-1", Sandbox = "first" });
        const string modes = "755 0\n644 0\n755 1000\n644 0\n3\n";
        Assert.Equal($"box\nfirst\ng-1\n{modes}", await ReadAsync(agent));

        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Original);
        Assert.Equal($"box\nfirst\ng-1\n{modes}", await ReadAsync(agent));

        await agent.HoldAsync();
        await agent.ResumeAsync(new Resume { Generation = "g_2.b", Sandbox = "second", Hostname = "copy" });
        Assert.Equal($"copy\nsecond\ng_2.b\n{modes}", await ReadAsync(agent));

        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Copy("g3"));
        Assert.Equal($"copy\nsecond\ng3\n{modes}", await ReadAsync(agent));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_name_there_are_no_files_until_a_copy_gets_one()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (_, before) = await agent.RunAsync(Start.Shell("ls -A /run/sandbox"));
        Assert.Equal("hooks.d\n", before.Stdout);
        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Copy("g"));
        var (_, after) = await agent.RunAsync(Start.Shell("ls -A /run/sandbox"));
        Assert.Equal("generation\nhooks.d\n", after.Stdout);
    }

    private static async Task<string> ReadAsync(AgentSession agent)
    {
        var (_, program) = await agent.RunAsync(Start.Shell(Tell));
        return program.Stdout;
    }
}
