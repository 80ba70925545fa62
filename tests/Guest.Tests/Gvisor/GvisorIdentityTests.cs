using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Nobody but the agent says which sandbox this is.</summary>
public sealed class GvisorIdentityTests(GuestBinaries binaries)
{
    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task A_program_can_neither_change_the_files_nor_stand_in_their_way(uint user)
    {
        await using var agent = await RunscAgent.StartAsync(binaries, new Configuration { Generation = "g1", Sandbox = "box-1" });
        const string script =
            """
            cd /run/sandbox
            echo x > generation; rm -f generation; mv generation other; ln -sf /etc/passwd generation; mkdir new; echo x > new; chmod 777 . generation
            mv /run/sandbox /run/other; rmdir /run/sandbox; rm -rf /run/sandbox; mount -o remount,rw /run/sandbox; umount /run/sandbox; mount --bind /tmp /run/sandbox
            mv hooks.d other; rmdir hooks.d; rm -rf hooks.d; umount hooks.d; ln -sfT /etc hooks.d
            hostname forged
            mv /run /run2 && ln -s /tmp /run && mkdir /tmp/sandbox && ln -s /etc/passwd /tmp/sandbox/generation
            for pid in /proc/[0-9]*; do for fd in $pid/fd/*; do test -d $fd && test -e $fd/generation && echo x > $fd/new; done; done
            true
            """;
        var (_, attack) = await agent.RunAsync(Start.Shell($"exec 2>&1; {script}") with { User = user });
        Assert.Contains("Read-only file system", attack.Stdout);
        await agent.HoldAsync();
        await agent.ResumeAsync(new Resume { Generation = "g2", Sandbox = "box-2", Hostname = "two" });
        // Root may rename what the directory lies in: it goes with it.
        var (_, told) = await agent.RunAsync(Start.Shell("for d in /run2/sandbox /run/sandbox; do test -d $d || continue; cat $d/id $d/generation; ls -A $d; break; done; hostname; head -c 5 /etc/passwd"));
        Assert.False(agent.HasHooks);
        Assert.Equal("box-2\ng2\ngeneration\nhooks.d\nid\ntwo\nroot:", told.Stdout);
    }
}
