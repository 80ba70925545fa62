using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>Whether there is anything in /run/sandbox/hooks.d, which the agent tells with RESUMED.</summary>
public sealed class HookTests(GuestBinaries binaries)
{
    [Fact(Timeout = 60_000)]
    public async Task What_lies_there_when_it_goes_on_counts_and_what_lay_there_before_does_not()
    {
        await using var agent = await PlainAgent.StartAsync(binaries, new Configuration { Generation = "g-1" });
        Assert.False(await AsksAsync(agent, "true"));
        Assert.True(await AsksAsync(agent, "echo x > /run/sandbox/hooks.d/one"));
        Assert.True(await AsksAsync(agent, "echo x > /run/sandbox/hooks.d/two; rm /run/sandbox/hooks.d/one"));
        Assert.False(await AsksAsync(agent, "rm /run/sandbox/hooks.d/two"));
        // Of whatever kind it is: nobody but the user opens it.
        Assert.True(await AsksAsync(agent, "mkfifo /run/sandbox/hooks.d/fifo && ln -s /proc/self/mem /run/sandbox/hooks.d/link"));
    }

    [Fact(Timeout = 60_000)]
    public async Task It_is_the_users_and_no_other_users()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (_, other) = await agent.RunAsync(Start.Shell("echo x > /run/sandbox/hooks.d/one") with { User = 33 });
        Assert.Contains("Permission denied", other.Stderr);
        var (_, own) = await agent.RunAsync(Start.Shell("cd /run/sandbox/hooks.d && printf '#!/bin/sh\necho ran' > one && chmod +x one && ./one"));
        Assert.Equal("ran\n", own.Stdout);
    }

    private static async Task<bool> AsksAsync(AgentSession agent, string script)
    {
        await agent.RunAsync(Start.Shell(script));
        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Copy("g"));
        return agent.HasHooks;
    }
}
