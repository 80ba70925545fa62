using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

public sealed class GvisorRightsTests(GuestBinaries binaries)
{
    private const string RootCapabilities = "00000000000000fb"; // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID
    private const string None = "0000000000000000";

    [Theory(Timeout = 60_000)]
    [InlineData(0, RootCapabilities)]
    [InlineData(1000, None)]
    [InlineData(4242, None)]
    public async Task A_program_has_exactly_its_capabilities(uint user, string capabilities)
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (_, program) = await agent.RunAsync(Start.Shell("grep -E '^(Uid|Gid|Cap)' /proc/self/status; id -G") with { User = user });
        Assert.Equal(
            $"""
            Uid:	{user}	{user}	{user}	{user}
            Gid:	{user}	{user}	{user}	{user}
            CapInh:	{None}
            CapPrm:	{capabilities}
            CapEff:	{capabilities}
            CapBnd:	{capabilities}
            {user}

            """, program.Stdout, ignoreLineEndingDifferences: true);
    }

    [Fact(Timeout = 60_000)]
    public async Task Root_can_own_files_become_users_and_end_their_programs()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var sleeper = agent.Start(new Start("/bin/sleep", "1000"));
        Assert.Equal(FrameType.Started, (await sleeper.Answer).Type);
        var (exit, program) = await agent.RunAsync(Start.Python(
            """
            import os, subprocess
            open('/etc/of-root', 'w').write('x'); os.chown('/etc/of-root', 1000, 1000); os.chmod('/etc/of-root', 0o4600)
            print(oct(os.stat('/etc/of-root').st_mode), open('/etc/of-root').read())
            subprocess.run(['pkill', 'sleep'], check=True)
            os.setgroups([7]); os.setgid(1000); os.setuid(1000)
            print(os.getuid(), os.getgid(), os.getgroups())
            """) with
        { User = 0 });
        Assert.True(exit.Code == 0, program.Stderr);
        Assert.Equal("0o104600 x\n1000 1000 [7]\n", program.Stdout);
        Assert.Equal(15, (await sleeper.EndedAsync()).Signal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Root_can_install_a_package()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Shell(
            """
            set -e
            mkdir -p /tmp/p/DEBIAN /tmp/p/usr/local/bin /tmp/p/etc
            printf 'Package: greeter\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody\nDescription: greets\n' > /tmp/p/DEBIAN/control
            printf '#!/bin/sh\nuseradd -r greeter\nchown greeter /etc/greeting\n' > /tmp/p/DEBIAN/postinst
            printf '#!/bin/sh\necho hello from a package\n' > /tmp/p/usr/local/bin/greet
            echo hi > /tmp/p/etc/greeting
            chmod 755 /tmp/p/DEBIAN/postinst /tmp/p/usr/local/bin/greet
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            dpkg-deb --root-owner-group --build /tmp/p /tmp/greeter.deb >&2
            dpkg -i /tmp/greeter.deb >&2
            dpkg-query -W -f='${Status}\n' greeter
            greet
            stat -c %U /etc/greeting
            dpkg -r greeter >&2
            """) with
        { User = 0 });
        Assert.True(exit.Code == 0, program.Stderr);
        Assert.Equal("install ok installed\nhello from a package\ngreeter\n", program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task Limits_hold()
    {
        await using var agent = await RunscAgent.StartAsync(binaries, new Configuration { Processes = 20, OpenFiles = 50 });
        var (_, program) = await agent.RunAsync(Start.Python(
            """
            import os
            try:
                files = []
                while True: files.append(os.open('/dev/null', 0))
            except OSError as e: print(e.errno, files[-1])
            for file in files: os.close(file)
            try:
                open('/tmp/long', 'wb', buffering=0).write(b'x' * 10000)
                open('/tmp/long', 'ab', buffering=0).write(b'x')
            except OSError as e: print(e.errno, os.stat('/tmp/long').st_size)
            import signal
            try: bytearray(200 * 1000 * 1000)
            except MemoryError: print('MemoryError')
            """) with
        { Limits = [(1, 4096), (9, 150_000_000)] });
        Assert.Equal("24 49\n27 4096\nMemoryError\n", program.Stdout);

        var (_, forks) = await agent.RunAsync(new Start("/attacks/attack", "forks"));
        // gVisor counts what the user's programs forked; the one that the agent started was still root's when it was counted.
        Assert.Equal("forked 20", forks.Stdout.Split('\n')[0]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_setuid_program_gains_nothing()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        await agent.RunAsync(Start.Shell("cp /usr/bin/id /tmp/id && chmod 6755 /tmp/id") with { User = 0 });
        var (_, program) = await agent.RunAsync(Start.Shell("stat -c %a /tmp/id; /tmp/id -u; grep NoNewPrivs /proc/self/status || true"));
        Assert.StartsWith("6755\n1000\n", program.Stdout);
    }
}
